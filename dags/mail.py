"""Airflow's SMTP notifier with a plain text beside the HTML, which is all that it writes by itself."""

from __future__ import annotations

from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import make_msgid, parseaddr
from functools import cached_property
from typing import Any

from airflow.providers.smtp.hooks.smtp import SmtpHook
from airflow.providers.smtp.notifications.smtp import SmtpNotifier

__all__ = ["PlainTextNotifier"]


class _PlainTextHook(SmtpHook):
    """The connection and the sending are Airflow's; the plain text comes before the HTML, as RFC 2046 5.1.4 wants.

    Args:
        text: the plain text.
        kwargs: Airflow's own.
    """

    def __init__(self, text: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.text = text

    def _build_mime_message(self, *args: Any, **kwargs: Any) -> tuple[MIMEMultipart, list[str]]:
        message, recipients = super()._build_mime_message(*args, **kwargs)
        parts = message.get_payload()
        parts.insert(0, MIMEText(self.text, "plain", "utf-8"))
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice answers this
        if "Message-ID" not in message:
            # RFC 5322 3.6.4: should be there; servers take mail without one for spam.
            message["Message-ID"] = make_msgid(domain=parseaddr(message["From"])[1].partition("@")[2] or None)
        return message, recipients


class PlainTextNotifier(SmtpNotifier):
    """A mail of plain text, with the same text as HTML beside it.

    Args:
        text: the plain text, a template.
        kwargs: of `SmtpNotifier`.
    """

    template_fields = (*SmtpNotifier.template_fields, "text")

    def __init__(self, *, text: str, **kwargs: Any) -> None:
        super().__init__(mime_subtype="alternative", **kwargs)
        self.text = text

    @cached_property
    def hook(self) -> SmtpHook:
        """The connection."""
        return _PlainTextHook(self.text, smtp_conn_id=self.smtp_conn_id, auth_type=self.auth_type)

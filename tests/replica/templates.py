# ruff: noqa: E501 -- Chinese characters count double
"""Notices of one wording: two of them differ in place and numbers only, and are two different stories."""

from __future__ import annotations

from random import Random

from tests.replica.vocabulary import WORDS

__all__ = ["pair"]


def pair(number: int, place: str, rng: Random) -> tuple[str, list[str]]:
    """Title and paragraphs of one notice.

    Args:
        number: which wording; the same for both of a pair.
        place: whose notice it is.
        rng: draws the numbers.
    """
    day, until = rng.randint(18, 22), rng.randint(24, 29)
    count, amount, phone = rng.randint(20, 900), rng.randint(12, 460), f"{rng.randint(2000000, 8999999)}"
    wordings = (
        (
            f"{place}2026年第{rng.randint(2, 4)}批食品安全监督抽检信息公告",
            [
                f"根据年度抽检计划，{place}市场监督管理局近期组织开展了食品安全监督抽检，现将第二季度有关结果公告如下。",
                f"本次共抽检粮食加工品、食用油、调味品、饮料、糕点等8大类食品{count}批次，其中合格{count - rng.randint(1, 6)}批次，不合格样品已依法处置。",
                f"对抽检发现的不合格产品，{place}市场监督管理局已责令相关经营者立即下架、召回，并对{rng.randint(1, 9)}家单位立案调查，涉及货值{amount}千元。",
                "消费者购买食品时应当查看生产日期、保质期和贮存条件，索要并保留票据。发现已公告的不合格食品，请及时与当地市场监管部门联系。",
                f"如对结果有异议，可自公告之日起7个工作日内提出复检申请，联系电话：{phone}。",
            ],
        ),
        (
            f"关于{place}部分区域临时停水的通知",
            [
                "尊敬的用水户：因供水主管网改造施工，需对部分区域临时停水，现将有关事项通知如下。",
                f"停水时间：6月{day}日8时至6月{until}日20时，具体恢复时间视施工进度而定。",
                f"停水范围：{place}{rng.choice(WORDS['路'])}沿线及周边小区，涉及用户{count * 10}户。",
                f"停水期间，供水公司将安排{rng.randint(2, 9)}台应急送水车定点供水，请提前做好储水准备，并关好用水阀门，防止来水时造成损失。",
                f"给您带来的不便，敬请谅解。咨询电话：{phone}。",
            ],
        ),
        (
            f"{place}2026年公开招聘社区工作者公告",
            [
                f"为加强基层治理力量，经研究，{place}决定面向社会公开招聘社区工作者{count // 10 + 3}名，现将有关事项公告如下。",
                "招聘坚持公开、平等、竞争、择优的原则，按照发布公告、报名、资格审查、笔试、面试、体检、公示、聘用的程序进行。",
                f"报名时间为6月{day}日9:00至6月{until}日18:00，报名采取网上报名方式，每人限报一个岗位。",
                f"聘用人员试用期为{rng.randint(2, 6)}个月，试用期满考核合格的签订劳动合同，每月基本报酬不低于{amount * 10 + 1800}元。",
                f"本公告由{place}民政局负责解释，咨询电话：{phone}。",
            ],
        ),
    )
    return wordings[number % len(wordings)]

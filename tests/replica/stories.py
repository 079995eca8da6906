"""Stories: what happened, told in paragraphs, before any publisher has put its own header and footer to it.

Everything about a story follows from its plan, so that a page can be written at any time and in any order.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from random import Random

from tests.replica.grammar import Template, load_topic
from tests.replica.scene import Plan, Scene
from tests.replica.vocabulary import WORDS, han_name

__all__ = ["Block", "Story", "story", "title_of"]


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a body: `p`, `h` (a sub-heading), `img` (text is the caption), `table` (rows in `cells`)."""

    kind: str
    text: str
    cells: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """A story as its first teller has it.

    `medium` is the paper or agency that printed it first, `reporters` the names in its dateline.
    """

    plan: Plan
    title: str
    blocks: tuple[Block, ...]
    keywords: tuple[str, ...]
    medium: str
    reporters: tuple[str, ...]
    subtitle: str = ""
    tables: tuple[tuple[tuple[str, ...], ...], ...] = field(default=())

    @property
    def paragraphs(self) -> list[str]:
        """The text a reader reads: paragraphs and sub-headings, in order."""
        return [block.text for block in self.blocks if block.kind in ("p", "h")]

    def excerpt(self, paragraphs: int) -> Story:
        """The first paragraphs only, as a digest prints them."""
        kept: list[Block] = []
        for block in self.blocks:
            if block.kind == "p":
                kept.append(block)
            if len(kept) == paragraphs:
                break
        return replace(self, blocks=tuple(kept))

    def revised(self, seed: str) -> Story:
        """The same story after a correction: one number differs and a paragraph was added."""
        rng = Random(f"revise/{seed}")
        blocks = list(self.blocks)
        places = [i for i, block in enumerate(blocks) if block.kind == "p" and any(c.isdigit() for c in block.text)]
        if places:
            at = rng.choice(places)
            blocks[at] = replace(blocks[at], text=_other_number(blocks[at].text, rng))
        scene = Scene(self.plan)
        extra = rng.choice(load_topic("common")["body"]).expand(scene, rng)
        blocks.insert(max(2, len(blocks) - 1), Block("p", f"（更新）{extra}"))
        return replace(self, blocks=tuple(blocks))


def _other_number(text: str, rng: Random) -> str:
    start = next(i for i, c in enumerate(text) if c.isdigit())
    end = start
    while end < len(text) and text[end].isdigit():
        end += 1
    old = int(text[start:end])
    return f"{text[:start]}{old + rng.randint(1, 3)}{text[end:]}"


_LENGTHS = {
    "policy": (9, 14),
    "notice": (6, 11),
    "weather": (4, 8),
    "market": (4, 9),
    "people": (8, 14),
    "safety": (4, 9),
}
_NUMERALS = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三", "十四", "十五"]


@functools.lru_cache(maxsize=4096)
def title_of(plan: Plan) -> str:
    """The story's headline, without telling the story."""
    rng = Random(f"title/{plan.seed}")
    return rng.choice(_sections(plan)["title"]).expand(Scene(plan), rng)


def _sections(plan: Plan) -> dict[str, tuple[Template, ...]]:
    """The topic's templates that this story may use: where a topic tells of several things, those of one."""
    sections = load_topic(plan.topic)
    tags = sorted({template.tag for template in sections["title"] if template.tag})
    if not tags:
        return sections
    tag = Random(f"tag/{plan.seed}").choice(tags)
    return {name: tuple(t for t in templates if t.tag in ("", tag)) for name, templates in sections.items()}


@functools.lru_cache(maxsize=1024)
def story(plan: Plan) -> Story:
    """Tell the story of a plan."""
    scene = Scene(plan)
    rng = Random(f"story/{plan.seed}")
    topic, common = _sections(plan), load_topic("common")
    low, high = _LENGTHS.get(plan.topic, (4, 12))
    count = plan.paragraphs or rng.randint(low, high)
    formal = plan.topic in ("policy", "notice")

    body = _Deck(topic["body"], rng)
    shared = _Deck(common["body"], rng)
    quotes = _Deck(topic["quote"], rng)
    lead = rng.choice(topic["lead"])
    paragraphs = [lead.expand(scene, rng)]
    if not formal and rng.random() < 0.4:
        paragraphs[0] += body.take(scene) or ""
    while len(paragraphs) < count - 1:
        roll = rng.random()
        if formal:
            text = body.take(scene)
        elif roll < 0.2:
            text = _spoken(quotes.take(scene), plan, scene, rng) or shared.take(scene)
        elif roll < 0.36:
            text = shared.take(scene)
        else:
            text = "".join(part for _ in range(rng.choice((1, 1, 1, 2, 2, 3))) if (part := body.take(scene)))
        if not text:
            text = body.take(scene) or shared.take(scene)
        if not text:
            break
        paragraphs.append(text)
    if topic["close"] and (formal or rng.random() < 0.85 or len(paragraphs) < 4):
        paragraphs.append(rng.choice(topic["close"]).expand(scene, rng))
    if formal:
        paragraphs[1:-1] = [f"{_NUMERALS[i]}、{text}" for i, text in enumerate(paragraphs[1:-1])]

    blocks = [Block("p", text) for text in paragraphs]
    if not formal and len(blocks) >= 9:
        heads = [template.expand(scene, rng) for template in rng.sample(common["head"], 2)]
        for place, head in zip(sorted(rng.sample(range(2, len(blocks) - 1), 2), reverse=True), heads, strict=False):
            blocks.insert(place, Block("h", head))
    medium, reporters = _medium(plan, rng)
    if not formal and rng.random() < 0.45:
        blocks[0] = Block("p", _dateline(plan, scene, medium, reporters, rng) + blocks[0].text)
    else:
        reporters = ()
    keywords = tuple(dict.fromkeys(scene.fill(name, "", rng) for name in rng.sample(_KEYWORD_SLOTS, 3)))
    return Story(
        plan=plan,
        title=title_of(plan),
        blocks=tuple(blocks),
        keywords=keywords,
        medium=medium,
        reporters=reporters,
    )


def _spoken(text: str | None, plan: Plan, scene: Scene, rng: Random) -> str | None:
    """A quotation with a beginning of its own, since what people say is short and would be said twice."""
    if not text or not text.startswith("“") or rng.random() < 0.15:
        return text
    ways = load_topic("common")["view" if plan.topic in ("market", "company", "macro", "bank", "tech") else "said"]
    return f"“{rng.choice(ways).expand(scene, rng)}{text[1:]}"


_KEYWORD_SLOTS = ("县", "州", "项议", "行业", "工程", "品", "省简")


class _Deck:
    """Templates drawn without putting back, so that no story says one thing twice."""

    def __init__(self, templates: tuple[Template, ...], rng: Random) -> None:
        self._left = list(templates)
        rng.shuffle(self._left)
        self._rng = rng

    def take(self, scene: Scene) -> str | None:
        return self._left.pop().expand(scene, self._rng) if self._left else None


def _medium(plan: Plan, rng: Random) -> tuple[str, tuple[str, ...]]:
    names = tuple(han_name(rng) for _ in range(rng.choice((1, 1, 2))))
    if plan.region == "china":
        return rng.choice(WORDS["媒体财"]), names
    if plan.region == "xinjiang":
        return rng.choice(("新疆日报", "石榴云", "天山网", "新疆日报")), names
    if plan.region == "tibet":
        return rng.choice(("西藏日报", "中国西藏网", "新华社", "青海日报", "四川日报")), names
    return rng.choice(("四川日报", "四川新闻网", "川观新闻", "四川在线")), names


def _dateline(plan: Plan, scene: Scene, medium: str, reporters: tuple[str, ...], rng: Random) -> str:
    names = " ".join(reporters)
    if medium in ("新疆日报", "石榴云"):
        return f"石榴云/新疆日报讯（记者 {names} 报道）"
    forms = (
        f"{medium}讯（记者 {names}）",
        f"本报讯（记者 {names}）",
        f"{medium}{scene.fill('州简', '', rng)}{scene.fill('日', '', rng)}电（记者 {names}）",
        f"{medium}记者 {names} {scene.fill('州简', '', rng)}报道 ",
    )
    return rng.choice(forms)

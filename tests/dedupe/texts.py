"""Seeded Chinese texts: articles, copies of them as sites make them, and notices from one template."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import opencc

__all__ = ["COPIES", "TEMPLATES", "Document", "article", "corpus", "from_template"]


def _words(text: str) -> list[str]:
    return text.split()


_PLACES = _words(
    "青河县 白石镇 南湖区 临江市 云岭州 东沙县 北川镇 红柳乡 松原区 海棠市 龙泉县 金沟镇 秀水县 平湖区 天池乡"
)
_BODIES = _words(
    "县水利局 市发展改革委 州教育局 区卫生健康委 市交通运输局 县农业农村局 市生态环境局 区民政局 州文化和旅游局"
)
_THINGS = _words(
    "引水工程 农村公路 养老服务中心 产业园区 冬季供暖 春耕备耕 校园食堂 社区医院 湿地保护 光伏电站 冷链物流 "
    "特色民宿 电商直播 数字课堂 防汛物资 文物普查 棚圈改造 奶业基地 羊绒加工 沙棘种植 滑雪赛事 图书下乡 "
    "公交线路 人才公寓"
)
_DONE = _words(
    "全面启动 顺利完工 通过验收 投入使用 加快推进 提前实现目标 受到群众欢迎 进入收尾阶段 扩大覆盖面 "
    "取得阶段性成效 迎来新机遇 完成升级改造 纳入年度重点项目 得到专家肯定 带动就业增收"
)
_HOW = _words(
    "坚持问题导向 压实各方责任 细化任务清单 统筹资金安排 克服高寒缺氧困难 采用新型材料 引入第三方评估 "
    "建立日调度机制 组织党员突击队 邀请技术人员驻点指导 公开征求居民意见 实行挂图作战 优化审批流程 "
    "强化质量监管 落实惠企政策 借鉴兄弟地区经验 推行网格化管理"
)
_SO = _words(
    "沿线群众的生活更加便利 企业的运营成本明显下降 牧民的收入稳步提高 基层的服务能力不断增强 "
    "当地的生态环境持续改善 游客数量创下新高 农产品卖出了好价钱 孩子们有了更好的学习条件 "
    "老人们在家门口就能看病 产业链条进一步延长 群众的获得感不断提升 区域协调发展迈出新步伐"
)
_NAMES = [
    family + given for family in "赵钱孙李周吴郑王冯陈" for given in ("志强", "晓燕", "建军", "玉兰", "海涛", "文静")
]


@dataclass(frozen=True)
class Document:
    """A document and the story that it truly belongs to."""

    title: str
    paragraphs: list[str]
    gold: str
    kind: str = "base"


def article(seed: int) -> Document:
    """One article of 300 to 700 characters; another seed gives another one."""
    chance = random.Random(f"article {seed}")
    place, thing = chance.choice(_PLACES), chance.choice(_THINGS)
    year, month, day = chance.randint(2021, 2026), chance.randint(1, 12), chance.randint(1, 28)

    def sentence() -> str:
        kind = chance.randrange(6)
        number = f"{chance.randint(2, 9800)}{chance.choice(['', '', '.5', '.8', '余'])}"
        if kind == 0:
            return (
                f"{chance.choice(_BODIES)}有关负责人{chance.choice(_NAMES)}介绍，今年以来，当地{chance.choice(_HOW)}、"
                f"{chance.choice(_HOW)}，{chance.choice(_THINGS)}{chance.choice(_DONE)}。"
            )
        if kind == 1:
            return (
                f"目前，{chance.choice(_PLACES)}的{chance.choice(_THINGS)}已惠及{number}户居民，{chance.choice(_SO)}。"
            )
        if kind == 2:
            return (
                f"“以前最愁的就是{chance.choice(_THINGS)}，现在好了，{chance.choice(_SO)}。”"
                f"{chance.choice(_PLACES)}居民{chance.choice(_NAMES)}说。"
            )
        if kind == 3:
            return (
                f"据统计，相关投入累计达到{number}万元，比上年同期增长{chance.randint(1, 60)}.{chance.randint(1, 9)}%。"
            )
        how, other = chance.choice(_HOW), chance.choice(_HOW)
        if kind == 4:
            result = chance.choice(_SO)
            return f"在{chance.choice(_PLACES)}，{chance.choice(_BODIES)}{how}，使{chance.choice(_SO)}；{result}。"
        return f"下一步，{place}将围绕{chance.choice(_THINGS)}{how}，{other}，让{chance.choice(_SO)}。"

    first = (
        f"新华社{place}{month}月{day}日电（记者 {chance.choice(_NAMES)}）{year}年{month}月{day}日，{place}{thing}"
        f"{chance.choice(_DONE)}，{chance.choice(_SO)}。"
    )
    paragraphs = [first + sentence()]
    for _ in range(chance.randint(3, 6)):
        paragraphs.append("".join(sentence() for _ in range(chance.randint(1, 3))))
    return Document(f"{place}{thing}{chance.choice(_DONE)}", paragraphs, f"article {seed}")


# --- copies -----------------------------------------------------------------------------------------------------------


def _framed(document: Document, chance: random.Random) -> Document:
    site = chance.choice(("某某新闻网", "本地在线", "财经频道"))
    head = [
        f"当前位置： 首页>>新闻中心>>{chance.choice(_PLACES)}>>正文",
        document.title,
        f"日期：202{chance.randint(1, 6)}-0{chance.randint(1, 9)}-1{chance.randint(0, 9)} 10:2{chance.randint(0, 9)}",
        f"来源：{site}",
        f"点击量：{chance.randint(1, 9999)}",
    ]
    foot = [
        f"责任编辑：{chance.choice(_NAMES)}",
        "海量资讯、精准解读，尽在新浪财经APP",
        f"版权声明：凡注明“来源：{site}”的所有作品，版权归{site}所有，任何媒体转载、摘编、引用，须注明来源。",
        "相关新闻：",
        f"· {chance.choice(_PLACES)}{chance.choice(_THINGS)}{chance.choice(_DONE)}",
    ]
    return replace(
        document, paragraphs=head[chance.randint(0, 3) :] + document.paragraphs + foot[: chance.randint(1, 5)]
    )


def _sentences(document: Document) -> list[str]:
    return [part + "。" for line in document.paragraphs for part in line.split("。") if part]


def _cut(document: Document, chance: random.Random) -> Document:
    sentences = _sentences(document)
    for _ in range(max(1, len(sentences) // 5)):
        sentences.pop(chance.randrange(1, len(sentences)))
    return replace(document, paragraphs=sentences)


def _edited(document: Document, chance: random.Random) -> Document:
    sentences = _sentences(document)
    for at in chance.sample(range(len(sentences)), max(1, len(sentences) // 3)):
        where = chance.randrange(len(sentences[at]))
        sentences[at] = sentences[at][:where] + chance.choice(("的", "了", "进一步", "和")) + sentences[at][where + 1 :]
    return replace(document, paragraphs=["".join(sentences)])


def _traditional(document: Document, _: random.Random) -> Document:
    convert = opencc.OpenCC("s2hk").convert
    return replace(document, title=convert(document.title), paragraphs=[convert(line) for line in document.paragraphs])


def _taiwan(document: Document, _: random.Random) -> Document:
    convert = opencc.OpenCC("s2twp").convert
    return replace(document, title=convert(document.title), paragraphs=[convert(line) for line in document.paragraphs])


_PINYIN = dict(
    zip(
        "國務場業個們這進來會發時動學經",
        ["guó", "wù", "chǎng", "yè", "gè", "men", "zhè", "jìn", "lái", "huì", "fā", "shí", "dòng", "xué", "jīng"],
        strict=True,
    )
)


def _mirrored(document: Document, chance: random.Random) -> Document:
    """A mirror that writes the pinyin after converted characters and loses bytes."""
    convert = opencc.OpenCC("s2t").convert

    def noise(line: str) -> str:
        out = []
        for character in convert(line).replace("，", ","):
            spoken = _PINYIN.get(character)
            if spoken is None:
                out.append(character)
            elif chance.random() < 0.03:
                out.append(f"?{spoken[1:]})")
            else:
                out.append(f"{character}({spoken})")
        return "".join(out)

    return replace(document, paragraphs=[noise(line) for line in document.paragraphs])


def _repeated(document: Document, _: random.Random) -> Document:
    return replace(document, paragraphs=document.paragraphs + document.paragraphs)


COPIES: dict[str, Callable[[Document, random.Random], Document]] = {
    "framed": _framed,
    "cut": _cut,
    "edited": _edited,
    "traditional": _traditional,
    "taiwan": _taiwan,
    "mirrored": _mirrored,
    "repeated": _repeated,
    "cut and framed": lambda document, chance: _framed(_cut(document, chance), chance),
}


# --- templates: one form, many events ---------------------------------------------------------------------------------

_COUNTRIES = _words(
    "泰国 法国 德国 刚果 加纳 秘鲁 智利 波兰 芬兰 荷兰 约旦 阿曼 摩洛哥 匈牙利 塞内加尔 马达加斯加 新西兰 哥伦比亚"
)
_GUESTS = _words(
    "萨马迪 科瓦奇 恩戴耶 拉科托 马尔克斯 哈马宁 奥索里奥 图雷 卡里姆 维尔塔宁 班达拉 诺瓦克 席尔瓦 门德斯 "
    "阿贝贝 拉米雷斯 奥杜亚 科莱特"
)
_TOWNS = _words("北京 上海 成都 杭州 乌鲁木齐 拉萨 海口 西安 哈尔滨 昆明 南宁 兰州")
_FIRMS = _words("蓝田股份 远山科技 恒岳重工 江右药业 南屏能源 海川电子 金穗粮油 鹿鸣传媒 云帆航运 石门建材")

TEMPLATES: dict[str, str] = {
    "ceremony": (
        "国家主席16日下午在人民大会堂东门外广场为来华进行国事访问的{country}总统{guest}举行欢迎仪式。\n"
        "{guest}总统抵达时，两国元首登上检阅台，军乐团奏两国国歌，天安门广场鸣放21响礼炮。{guest}在主席陪同下检阅中国人民解放军仪仗队，"
        "并观看分列式。\n有关领导同志参加欢迎仪式。欢迎仪式后，两国元首在人民大会堂举行会谈。"
    ),
    "telegram": (
        "国家主席16日致电{guest}，祝贺他当选{country}总统。\n主席在贺电中指出，{country}是中国的重要合作伙伴，两国传统友谊深厚，各领域务实合作成果丰硕。"
        "我高度重视中国同{country}关系发展，愿同{guest}总统一道努力，以两国建交周年为契机，巩固政治互信，深化互利合作，推动两国关系迈上新台阶，"
        "更好造福两国人民。"
    ),
    "condolence": (
        "{country}{town2}日前发生严重洪涝灾害，造成重大人员伤亡和财产损失。国家主席16日就此向{country}总统{guest}致慰问电。\n"
        "主席表示，惊悉贵国{town2}遭受严重洪涝灾害，造成重大人员伤亡和财产损失。我谨代表中国政府和中国人民，对遇难者表示深切的哀悼，"
        "向遇难者家属和受伤人员表示诚挚的慰问，祝愿受灾民众早日克服困难、重建家园。"
    ),
    "live": (
        "中国共产党成立周年庆祝大会{town}分会场活动将于明天上午隆重举行。届时，本台综合频道、新闻频道、国际频道，以及新闻客户端、移动网等新媒体平台"
        "将对{town}分会场活动进行现场直播，敬请收看。各地广播电台、电视台同时转播。本台将派出多路记者，为观众带来{town}现场的最新消息。"
    ),
    "quote": (
        "{firm}（{number}）今日开盘后震荡走高，截至收盘报{price}元，涨幅{rise}%，成交额{volume}亿元，换手率{turn}%。\n"
        "消息面上，{firm}日前公告称，预计今年上半年实现净利润{profit}万元至{profit2}万元，同比增长{rise2}%。"
        "分析人士认为，行业景气度回升叠加成本下降，公司盈利能力有望继续改善。投资者据此操作，风险自担。"
    ),
    "weather": (
        "{town}市气象台16日16时发布暴雨黄色预警信号：预计未来6小时，{town}大部分地区降雨量将达{number2}毫米以上，局地伴有雷暴大风，"
        "请有关部门和单位按照职责做好防范工作。\n专家提醒，{town}市民应尽量减少外出，注意防范城市内涝和山洪地质灾害，驾驶人员应注意道路积水和交通阻塞，确保安全。"
    ),
    "appointment": (
        "据{town}市人民政府网站消息，经研究决定：{person}任市{office}局长（试用期一年），免去其市{office2}副局长职务；"
        "{person2}任市{office2}副局长，免去其原任职务。以上任职人员应依法进行宪法宣誓，按规定办理交接手续，并于到任后十五日内报告个人有关事项。"
    ),
    "yearly": (
        "国务院办公厅关于{year}年部分节假日安排的通知\n各省、自治区、直辖市人民政府，国务院各部委、各直属机构：\n经国务院批准，现将{year}年元旦、春节、"
        "清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。节假日期间，各地区、各部门要妥善安排好值班和安全、保卫、疫情防控等工作，"
        "遇有重大突发事件，要按规定及时报告并妥善处置，确保人民群众祥和平安度过{year}年节日假期。"
    ),
    "meeting": (
        "外交部长16日在北京同{country}外长{guest}举行会谈。\n外交部长表示，中{short}友好源远流长。中方愿同{country}加强发展战略对接，深化各领域互利合作，"
        "密切在国际和地区事务中的沟通协调。{guest}表示，{country}坚定奉行一个中国原则，愿同中方扩大经贸、农业、旅游等领域合作。双方还就共同关心的问题交换了意见。"
    ),
    "court": (
        "{town}市中级人民法院16日公开宣判被告人{person}受贿一案，对被告人{person}以受贿罪判处有期徒刑{years}年，并处罚金人民币{fine}万元；"
        "对其受贿所得财物及孳息依法予以追缴，上缴国库。\n经审理查明，被告人{person}利用担任{town}市{office}主要负责人等职务上的便利，为有关单位和个人在工程承揽、"
        "职务调整等事项上提供帮助，非法收受财物共计折合人民币{fine2}万余元。法院认为，被告人{person}的行为构成受贿罪，数额特别巨大，应依法惩处。"
    ),
}


def from_template(name: str, seed: int) -> Document:
    """One notice; notices of one template differ in names, places and numbers, and are different stories."""
    chance = random.Random(f"{name} {seed}")
    offices = chance.sample(["水利", "教育", "财政", "审计", "统计", "商务", "体育", "民政", "交通", "林草"], 2)
    people = chance.sample(_NAMES, 2)
    slots = {
        "country": _COUNTRIES[seed % len(_COUNTRIES)],
        "guest": _GUESTS[seed % len(_COUNTRIES)],
        "town": _TOWNS[seed % len(_TOWNS)],
        "town2": chance.choice(("北部", "南部沿海", "西部山区", "首都及周边")),
        "short": _COUNTRIES[seed % len(_COUNTRIES)][0],
        "year": ("二〇一八", "二〇一九", "二〇二〇", "二〇二一", "二〇二二", "二〇二三", "二〇二四", "二〇二五")[
            seed % 8
        ],
        "firm": _FIRMS[seed % len(_FIRMS)],
        "person": people[0],
        "person2": people[1],
        "office": offices[0],
        "office2": offices[1],
        "number": f"{chance.randint(600000, 603999)}",
        "number2": chance.choice(("50", "60", "70", "80", "100")),
        "price": f"{chance.randint(3, 90)}.{chance.randint(10, 99)}",
        "rise": f"{chance.randint(1, 9)}.{chance.randint(10, 99)}",
        "rise2": f"{chance.randint(12, 190)}.{chance.randint(10, 99)}",
        "volume": f"{chance.randint(1, 60)}.{chance.randint(10, 99)}",
        "turn": f"{chance.randint(1, 12)}.{chance.randint(10, 99)}",
        "profit": f"{chance.randint(1000, 4000)}",
        "profit2": f"{chance.randint(4001, 9000)}",
        "years": chance.choice(("三", "五", "六", "八", "十", "十二")),
        "fine": f"{chance.randint(2, 30) * 10}",
        "fine2": f"{chance.randint(100, 4000)}",
    }
    body = TEMPLATES[name].format(**slots)
    values = tuple(value for key, value in slots.items() if f"{{{key}}}" in TEMPLATES[name])
    return Document(f"{name} {seed}", body.split("\n"), f"{name} {values}", f"template {name}")


def corpus(articles: int, notices: int, seed: int = 1) -> list[Document]:
    """Articles, one copy of each kind for every third of them, and notices of every template; shuffled."""
    chance = random.Random(f"corpus {seed}")
    documents = []
    for number in range(articles):
        base = article(seed * 100_000 + number)
        documents.append(base)
        if number % 3 == 0:
            documents += [replace(alter(base, chance), kind=kind) for kind, alter in COPIES.items()]
    documents += [from_template(name, number) for name in TEMPLATES for number in range(notices)]
    chance.shuffle(documents)
    return documents

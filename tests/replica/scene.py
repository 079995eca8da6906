# ruff: noqa: E501 -- Chinese characters count double
"""What a story is made from: its plan, and the people, places and things that it tells of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from tests.replica.vocabulary import REGIONS, WORDS, company, han_name, person

__all__ = ["Plan", "Scene"]

_MATTERS = {
    "agri": "春耕备耕 特色产业发展 农村人居环境整治 粮食安全 高标准农田建设 种业振兴",
    "infra": "重点项目建设 农村公路管护 供水保障 交通强县 城镇燃气改造 水利设施建设",
    "meeting": "防汛抗旱 安全生产 招商引资 乡村全面振兴 基层治理 优化营商环境 信访维稳 民族团结进步创建 森林草原防灭火 项目建设 就业创业 生态环境保护",
    "culture": "文化遗产保护 古籍保护 公共文化服务 非遗传承 文化惠民",
    "festival": "文旅融合 移风易俗 民族团结进步 群众文化活动",
    "tourism": "全域旅游 旅游市场整治 乡村旅游提升 景区安全 文旅消费促进",
    "policy": "数字经济发展 养老服务体系建设 政务服务效能提升 农村供水管理 招商引资优惠 高层次人才引进 扬尘污染防治 公共租赁住房分配 "
    "特色农产品品牌培育 未成年人保护 电动自行车管理 城市生活垃圾分类 科技成果转化 民营经济促进 文物保护 河湖长制 消防安全责任制",
    "notice": "公开招聘 征地补偿 项目环评 停水停电 国土资源出让",
    "health": "传染病防控 爱国卫生运动 基层医疗能力提升 慢性病管理 疫苗接种",
    "weather": "防汛备汛 地质灾害防治 抗旱保供 极端天气应对",
    "education": "教育优质均衡发展 考试安全 校园食品安全 教师队伍建设 职业教育提质",
    "ecology": "生态环境保护 草原生态修复 河湖治理 防沙治沙 生物多样性保护",
    "tech": "科技创新 产业数字化 科技成果转化 人才培育",
    "people": "乡村振兴 先进典型宣传 返乡创业",
    "aid": "对口支援 产业协作 就业帮扶 民生改善",
    "safety": "安全生产 应急处置 反诈宣传 道路交通安全 消防安全",
}
# What grows, runs and is celebrated in one region and not in another.
_BY_REGION = {
    "sichuan": {
        "河": "岷江 大渡河 雅砻江 嘉陵江 沱江 金沙江 涪江 渠江",
        "非遗": "羌绣 竹编 蜀绣 皮影 川剧 年画 银饰 唐卡 彝族漆器 蜀锦 糖画 龙舞 川江号子",
        "节": "火把节 采摘节 丰收节 林卡节 赛马节 端午节 桃花文化旅游节 非遗展演周 彝历年 羌历年",
        "品": "花椒 猕猴桃 柑橘 茶叶 中药材 大樱桃 水稻 油菜 马铃薯 羊肚菌 脐橙 李子 藏香猪 桑蚕 竹笋 油橄榄",
        "动植物": "大熊猫 川金丝猴 绿尾虹雉 雪豹 水獭 黑颈鹤 红豆杉 白唇鹿 斑尾榛鸡",
    },
    "tibet": {
        "河": "雅鲁藏布江 拉萨河 年楚河 怒江 尼洋河 澜沧江",
        "非遗": "唐卡 藏戏 锅庄 弦子舞 藏纸 藏香 邦典编织 氆氇 木雕 金铜锻造 格萨尔说唱 热巴舞 藏刀锻制 陶器烧制",
        "节": "雪顿节 望果节 萨嘎达瓦节 林卡节 赛马节 牦牛文化节 桃花文化旅游节 非遗展演周 民族服饰节",
        "品": "青稞 油菜 苹果 核桃 马铃薯 食用菌 藏香猪 牦牛 茶叶 蜂蜜 藜麦 葡萄 灵芝 藏鸡",
        "动植物": "黑颈鹤 藏羚羊 雪豹 白唇鹿 斑头雁 藏野驴 雪莲 盘羊",
        "景": "古城墙遗址 湿地公园 森林公园 峡谷景区 高山草甸 冰川公园 民俗文化村 博物馆 神湖观景台 温泉小镇 茶马古道 盐湖",
    },
    "xinjiang": {
        "河": "塔里木河 伊犁河 额尔齐斯河 博尔塔拉河 精河 开都河 玛纳斯河 叶尔羌河",
        "非遗": "十二木卡姆 麦西热甫 江格尔 玛纳斯 花毡 艾德莱斯绸 刺绣 小刀锻制 土陶 萨满舞 托布秀尔 皮雕",
        "节": "那达慕 杏花节 古尔邦节 采摘节 丰收节 沙漠音乐节 草原文化节 端午节 民族服饰节 油菜花节",
        "品": "棉花 小麦 玉米 葡萄 红枣 枸杞 哈密瓜 香梨 核桃 番茄 甜菜 辣椒 苹果 西梅 冷水鱼 薰衣草",
        "动植物": "雪豹 野骆驼 天鹅 普氏野马 遗鸥 雪莲 北山羊 鹅喉羚 白尾地鸦",
        "景": "湿地公园 森林公园 峡谷景区 大草原 天池 胡杨林 雅丹地貌 石窟 花海景区 古城遗址 盐湖 怪石峪 沙漠公园",
    },
}
_ETHNIC = ["藏族羌族", "藏族", "羌族", "彝族", "回族", "哈萨克", "蒙古", "柯尔克孜", "塔吉克", "锡伯", "蒙古族"]
_DIGITS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a story is made from.

    Args:
        seed: names the story; the same seed tells the same story.
        topic: a file of phrases/.
        region: a key of REGIONS.
        day: the day that the story is printed.
        paragraphs: how many, at the least 4; 0 lets the story decide.
        place: (province, prefecture, county), or empty for one drawn from the region.
    """

    seed: str
    topic: str
    region: str
    day: date
    paragraphs: int = 0
    place: tuple[str, str, str] | None = None
    rare_name: bool = False


class Scene:
    """The people, places and things of one story: a name drawn once stays the same through the text."""

    def __init__(self, plan: Plan) -> None:
        rng = Random(f"scene/{plan.seed}")
        self._rng = rng
        self.plan = plan
        self._fixed: dict[str, str] = {}
        _, places = REGIONS[plan.region]
        if plan.place:
            self.province, prefecture, county = plan.place
        elif plan.region == "china":
            self.province = rng.choice(tuple(places))
            prefecture = rng.choice(places[self.province])
            county = prefecture
        else:
            self.province = REGIONS[plan.region][0]
            prefecture = rng.choice(tuple(places))
            county = rng.choice(places[prefecture])
        fixed = self._fixed
        fixed["省"] = self.province
        fixed["省简"] = _short_province(self.province)
        fixed["省级"] = "自治区级" if "自治区" in self.province else "省级"
        fixed["州"] = _prefecture(prefecture)
        fixed["州简"] = _short(prefecture)
        fixed["州级"] = "地区" if prefecture.endswith("地区") else prefecture[-1]
        fixed["县"] = county
        fixed["县简"] = _short(county)
        fixed["县级"] = county[-1]
        event = plan.day - timedelta(days=rng.choice((0, 0, 1, 1, 1, 2)))
        fixed["日"] = f"{event.month}月{event.day}日"
        after = event + timedelta(days=1)
        fixed["后日"] = f"{after.day}日"
        before = event - timedelta(days=1)
        fixed["日前"] = f"{before.month}月{before.day}日"
        full, short = company(rng)
        fixed["企"], fixed["企简"] = full, short
        fixed["官"] = person(rng, plan.region)
        fixed["官职"] = rng.choice(WORDS["官职"])
        fixed["专家"] = han_name(rng, 1.0 if plan.rare_name else 0.03)
        fixed["专家单位"] = self._school(rng)
        fixed["人物"] = person(rng, plan.region)
        fixed["项议"] = rng.choice(_MATTERS.get(plan.topic, _MATTERS["meeting"]).split())
        fixed["届"] = _DIGITS[rng.randrange(1, 10)]
        fixed["企主"] = f"创始人{han_name(rng)}"
        fixed["电话"] = f"0{rng.randint(810, 999)}-{rng.randint(2000000, 8999999)}"
        for name in ("乡", "村", "品", "节", "景", "非遗", "校", "路", "局", "河", "行业", "科技词", "工程", "病", "援省", "季", "医院",
                     "职业", "动植物", "社区", "畜", "民族", "银行"):  # fmt: skip
            fixed[name] = rng.choice(WORDS[name])
        for name, words in _BY_REGION.get(plan.region, {}).items():
            fixed[name] = rng.choice(words.split())
        self._near = [c for c in places.get(prefecture, ()) if c != county] or [
            c for cities in places.values() for c in cities if c != county
        ]

    def _school(self, rng: Random) -> str:
        return f"{_short_province(self.province)}{rng.choice(WORDS['高校'])}"

    def fill(self, name: str, argument: str, rng: Random) -> str:
        """The words for one slot; see `grammar`."""
        if name == "数":
            low, high = argument.split("-")
            return str(rng.randint(int(low), int(high)))
        if name == "小数":
            low_text, high_text = argument.split("-")
            places = 2 if float(high_text) - float(low_text) < 1 and "." in low_text and len(low_text) > 3 else 1
            value = round(rng.uniform(float(low_text), float(high_text)), places)
            return f"{value:.{places}f}".removesuffix(".0") if value >= 100 else f"{value:.{places}f}"
        if name == "小数4":
            low_text, high_text = argument.split("-")
            return f"{rng.uniform(float(low_text), float(high_text)):.4f}"
        fixed = self._fixed.get(name)
        if fixed is not None:
            return fixed
        return self._drawn(name, rng)

    def _drawn(self, name: str, rng: Random) -> str:
        region = self.plan.region
        if name in ("人", "某人"):
            return person(rng, region)
        if name in ("他县", "某县"):
            return rng.choice(self._near)
        if name in ("他市", "某市"):
            return rng.choice(rng.choice(tuple(REGIONS["china"][1].values())))
        if name in ("他省", "某省"):
            return rng.choice(tuple(REGIONS["china"][1]))
        if name in ("他州", "某州"):
            return _prefecture(rng.choice(tuple(REGIONS[region][1])))
        if name == "近":
            return rng.choice(("近日", "日前", "近期", "最近", "连日来", "不久前", "本周"))
        if name == "某企业":
            return company(rng)[1]
        if name == "局厅":
            return rng.choice(("财政厅", "农业农村厅", "教育厅", "商务厅", "民政厅", "水利厅", "科学技术厅"))
        if name == "某部门":
            return rng.choice(
                ("国家发展改革委", "财政部", "工业和信息化部", "商务部", "国家能源局", "市场监管总局", "农业农村部")
            )
        if name == "姓":
            return han_name(rng)[0]
        if name == "头":
            return "头"
        if name == "级":
            return rng.choice("ⅢⅣ")
        for prefix in ("他", "某"):
            if name.startswith(prefix) and name[1:] in WORDS:
                own = self._fixed.get(name[1:])
                return rng.choice([word for word in WORDS[name[1:]] if word != own])
        return rng.choice(WORDS[name])


def _short_province(name: str) -> str:
    for suffix in ("维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市"):
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return name


def _strip_ethnic(name: str) -> str:
    changed = True
    while changed:
        changed = False
        for ethnic in _ETHNIC:
            if name.endswith(ethnic) and len(name) > len(ethnic):
                name, changed = name.removesuffix(ethnic), True
    return name


def _short(name: str) -> str:
    for suffix in ("自治州", "自治县", "地区", "市", "县", "区", "州"):
        if name.endswith(suffix) and len(name) - len(suffix) >= 2:
            return _strip_ethnic(name.removesuffix(suffix))
    return name


def _prefecture(name: str) -> str:
    if name.endswith("自治州"):
        return f"{_short(name)}州"
    return name

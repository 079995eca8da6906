"""Names of people in Chinese bylines: told from media, offices and codes."""

from __future__ import annotations

import re

__all__ = ["is_medium", "is_name", "split_names", "vouched_names", "without_code", "without_place"]

# 《百家姓》 and the surnames in common use today, Simplified and Traditional forms.
_SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦"
    "昌马苗凤花方俞任袁柳酆鲍"
    "史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧"
    "计伏成戴谈宋茅庞熊纪舒屈"
    "项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解"
    "应宗丁宣贲邓郁单杭洪包诸"
    "左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰"
    "秋仲伊宫宁仇栾暴甘斜厉"
    "戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申"
    "扶堵冉宰郦雍却璩桑桂濮牛"
    "寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东"
    "欧殳沃利蔚越夔隆师巩厍聂"
    "晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公仉督岳帅缑亢况有琴归海晋楚闫"
    "法汝鄢涂钦商牟佘佴伯赏"
    "墨哈谯笪年爱阳佟言福肖代仝付尧苑展修英信原粟由朴闪侍刑初丛门税化库战鹿苟隋卿线么冶杞晓啜邸衣仁占兰丘"
    "覃补修次仁泽洛桑格央"
    "趙錢孫吳鄭馮陳衛蔣韓楊許呂張嚴華謝鄒竇蘇範魯韋馬鳳湯畢鄔樂時傅齊顧黃蕭貝計談龐紀項祝藍閔賈婁顏鐘駱萬"
    "盧鄧單陸劉葉龍賴藺喬蒼"
    "聞黨譚貢勞莊閻連習歐師鞏聶簡饒關劍爾補戴徐"
)
_COMPOUND = (
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "夏侯", "端木",
    "百里", "呼延", "南宫", "轩辕", "长孙", "宇文", "钟离", "申屠", "独孤", "歐陽", "司馬", "諸葛",
)  # fmt: skip

_HAN = r"[\u3400-\u9fff]"
_PERSON = re.compile(rf"{_HAN}{{2,4}}")
_ETHNIC = re.compile(rf"{_HAN}{{1,6}}(?:[·•・‧]{_HAN}{{1,7}}){{1,2}}")
_LATIN = re.compile(r"[A-Z][A-Za-z.'’-]+(?:\s[A-Z][A-Za-z.'’-]*){0,2}")
_CODE = re.compile(r"[\s_（(]*[A-Za-z]{0,4}\d{2,8}[)）]?$|_[A-Za-z]+\d*$")

# What stands around names in a byline without being one.
_BEFORE_ROLE = (
    r"(?:本报|本网|本刊|本台|总台央视|央视新闻|央视网|央视|新华社|新华网|中新社|中新网|人民网|"
    r"光明网|中青报[·・]中青网|中青报|中青网|财联社|证券时报|每经|石榴云[/／]?新疆日报|全媒体|"
    r"融媒体|"
    r"特约|首席|资深|见习|实习|摄影|通讯|文字|视频|图片|评论|高级|助理)*"
)
_ROLE = re.compile(
    rf"{_BEFORE_ROLE}(?:驻\S{{2,8}}?{_BEFORE_ROLE})?"
    r"(?:记者|評論員|评论员|撰稿人|撰稿|通讯员|通訊員|記者|编辑|編輯|作者|实习生|特派员|研究员|"
    r"分析师|主笔|采写|采访|撰文|摄影|整理|编译|责编|主编)[:：]?"
)
_AFTER = re.compile(
    r"[\s，,、]*(?:报道|報道|摄影报道|摄影|攝|摄|文[、/]图|图[、/]文|文并摄|综合整理|整理|"
    r"编译|编撰|采写|撰稿|发自\S{2,10}|供稿|编辑|等)$"
    r"|(?<=^[\u3400-\u9fff]{4})[文图]$|^[文图]$"
)
_TITLE = re.compile(
    r"^.*(?:研究员|教授|部长|主任|院长|会长|所长|处长|局长|书记|主席|理事|秘书长|博士|硕士|"
    r"讲师|律师|学者|专家|委员|总监|经理|分析师|记者|成员|导师|经济学家|院士|"
    r"负责人|副主编|评论员|博士生|博士后|职员|干部|教师)(?=[\u3400-\u9fff·]{2,8}$)"
)
_NOT = re.compile(
    r"报社|日报|晚报|时报|早报|商报|快报|周刊|周报|新闻|网$|网站|社$|报$|电视|频道|频率|中心|编辑部|办公室|"
    r"委员会|公司|政府|财经|证券|财联|传媒|媒体|部门|工作室|通讯员|实习生|记者|编辑|来源|作者|责任|综合|"
    r"转载|原创|平台|"
    r"集团|大学|学院|研究|协会|学会|银行|党委|人民|宣传|公安|法院|检察|消防|海关|税务|统计|"
    r"央视|微信|公众|客户端|新浪|腾讯|搜狐|网易|凤凰|不详|未知|佚名|匿名|管理员|"
    r"系统|本站|本网|本报|admin|首页|石榴云|查看|更多|返回|搜狐|打印|关闭|字体|分享|"
    r"界$|在线|头条|快讯|视点|之声|之窗|观察|速递|焦点|看点|点击|浏览|阅读|评论|参与|有话|跟[贴帖]|订阅|举报|登录|注册|热线|时间|日期|报道|如下|以下|图为|资料|来自|摘自|采访|获悉|表示|介绍|发现|"
    r"了解|注意|看到|有关|相关|视频|图片|标题|正文|完|上接|下转|市民|群众|居民|"
    r"網$|報$|報社|新聞|縣|县|省$|自治|街道|镇$|村$|局$|厅$|处$|厂$|校$|院$|队$|组$|会$|店$|台$|版$|号$|讯$|电$"
)
# Ordinary two- and three-character words that begin with a character which is also a surname.
_WORDS_TEXT = """
正月 三月 五月 七月 八月 九月 十月 今日 昨日 当日 近日 生日 平日 公路 铁路 高路 道路
完毕 全文 全部 原文 关注 更多 更正 经济 经过 石油 方面 方式 时间 平均 高度 高级 白天 黄金 水平 水利 东方 国际
国内 国家 文化 文章 文件 文字 和平 康复 安全 安装 平安 平台 成立 成功 华北 华东 华南 江南 江北 江苏 江西 山东
山西 广东 广西 云南 海南 河南 贵州 温馨 管理 解读 解释 应急 计划 项目 路透 时评 时政 海外 关于 相关 金融 商务
包括 公告 公示 通知 通报 牛市 常务 连线 花絮 单位 单元 都市 农业 农村 别样 益阳 相片 言论 阳光 年度 修改 原因
信息 福利 英国 法国 文旅 关键 高温 高考 高铁 高校 高速 高原 时间 时尚 时事
车市 车讯 房产 房价 房市 游戏 安徽 甘肃 宁夏 贵州 康养 关税 金价 金牌 油价
水务 水电 花卉 石化 田径 黄河 海洋 海报 海港 现场 独家 连线 直播 简介 简讯 通稿 连载 汇总 附件 附图 附表 附录
"""
_WORDS = frozenset(_WORDS_TEXT.split())


# Words that people bear as names; where nothing but names can stand they are one: 记者：江南.
_BORNE_TEXT = "江南 江北 高原 高峰 文章 和平 成功 平安 安全 康复 黄河 黄金 海洋 温馨 时光 阳光"
_BORNE = frozenset(_BORNE_TEXT.split())


# Seats of prefectures and provinces: 记者 孟群 成都报道 names one person.
_PLACES_TEXT = """
河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 广西 海南 四川 贵州 云南 西藏 陕西
甘肃 青海 宁夏 新疆 内蒙古 台湾
北京 天津 上海 重庆 石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 太原 大同 阳泉 长治 晋城 朔州
晋中 运城 忻州 临汾 吕梁 呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 沈阳 大连 鞍山 抚顺 本溪 丹东 锦州
营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛 长春 吉林 四平 辽源 通化 白山 松原 白城 延边 哈尔滨 齐齐哈尔 鸡西 鹤岗
双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化 南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州
宿迁 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山
滁州 阜阳 宿州 六安 亳州 池州 宣城 福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德 南昌 景德镇 萍乡 九江 新余
鹰潭 赣州 吉安 宜春 抚州 上饶 济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽
郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店 武汉 黄石 十堰 宜昌
襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 恩施 长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化
娄底 广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮
南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左 海口 三亚 成都 自贡 攀枝花 泸州 德阳
绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 雅安 巴中 资阳 阿坝 甘孜 凉山 贵阳 六盘水 遵义 安顺 毕节
铜仁 昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 大理 拉萨 日喀则 昌都 林芝 山南 那曲 阿里 西安 铜川 宝鸡 咸阳
渭南 延安 汉中 榆林 安康 商洛 兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南 西宁 海东 银川
石嘴山 吴忠 固原 中卫 乌鲁木齐 克拉玛依 吐鲁番 哈密 昌吉 博乐 库尔勒 阿克苏 喀什 和田 伊犁 塔城 阿勒泰 石河子
香港 澳门 台北 廣州 臺北 澳門 东京 纽约 伦敦 巴黎 柏林 华盛顿 莫斯科 首尔
"""
_PLACES = frozenset(_PLACES_TEXT.split())


def is_name(text: str, *, strict: bool = False) -> bool:
    """Whether a string is a person's name as far as form tells.

    Args:
        text: without surrounding space.
        strict: a Han name must begin with a known surname and have two or three characters (four after a compound
            surname); used where nothing else says that a person is meant.
    """
    if _ETHNIC.fullmatch(text):
        return not _NOT.search(text)
    if _PERSON.fullmatch(text):
        if text in _WORDS or text in _PLACES or _NOT.search(text):
            return False
        if not strict:
            return True
        compound = text[:2] in _COMPOUND
        return (compound and len(text) in (3, 4)) or (text[0] in _SURNAMES and len(text) <= 3)
    return not strict and _LATIN.fullmatch(text) is not None and len(text) <= 40


_MEDIUM = re.compile(
    r"[\u3400-\u9fffA-Za-z0-9·+＋-]{2,20}(?:[报報刊]|[日晚时早]报|新闻|新聞|客户端|通讯社|电视台|电台|网|網|社|财经|观察|在线|"
    r"(?:报|新闻|财经)(?:APP|App))"
)


def is_medium(text: str) -> bool:
    """Whether a string is a medium's name as far as form tells."""
    return len(text) <= 24 and _MEDIUM.fullmatch(text) is not None


def without_place(names: str) -> str:
    """Names without the city that is printed behind the last of them (`记者陈建新广州报道`)."""
    for size in (2, 3):
        if names[-size:] in _PLACES and len(names) - size >= 2:
            return names[:-size]
    return names


def without_code(text: str) -> str:
    """A name without the staff code that some sites print behind it (`支全明 SF099`, `王晓易_NE0011`).

    A code alone stays: it is then all that the page prints.
    """
    text = text.strip()
    bare = _CODE.sub("", text).strip(" _-")
    return bare if bare else text


# 半月谈记者 范世辉: whose reporter it is.
_MEDIUM_OF = re.compile(
    r"(?:^|(?<=[\s、，,;；]))(?:(?!记者|通讯员|实习生|作者)[\u3400-\u9fffA-Za-z0-9·+]){2,10}?"
    r"(?=(?:特约|首席|资深|见习|实习|全媒体|融媒体|摄影)*记者)"
)


def _kept_name(match: re.Match[str]) -> str:
    return match.group() if is_name(match.group(), strict=True) else " "


_SIGNS = " 、\u3000\t，□■◎●◆▲○/／|｜丨:："


_PICTURED = re.compile(
    r"(?P<writer>[\u3400-\u9fff·]{2,7})[/／]文[\s、，]{1,3}[\u3400-\u9fff·]{2,7}[/／](?:图|摄影?)(?![\u3400-\u9fff])"
)


def vouched_names(text: str) -> list[str]:
    """The people of a byline in which one known surname vouches for the others, and nothing but names stands."""
    names, known = split_names(text), split_names(text, strict=True)
    if not known or len(names) == len(known):
        return known
    rest = _ROLE.sub(" ", text)
    for name in names:
        rest = rest.replace(name, " ", 1)
    longest = 4 if any("·" in name for name in names) else 3
    fitting = all(2 <= len(name) <= longest or "·" in name for name in names)
    return names if fitting and not rest.strip(_SIGNS) else known


_LONGEST = 400
"""Characters of a byline's value; what is longer is a text, and patterns are not tried on texts of any length."""


def split_names(text: str, *, strict: bool = False, said: bool = False) -> list[str]:
    """The people of a byline's value, in order, without titles, agencies and codes.

    Args:
        text: what stands after the label, such as `姚彤 王兴瑞 报道` or `本报记者 王乐文  方  敏`.
        strict: see `is_name`.
        said: a label says that people are meant: words that are names too (江南) count where all others are names.
    """
    if len(text) > _LONGEST:
        return []
    if "文" in text:
        # 张三/文 李四/图: who took the pictures wrote nothing.
        text = _PICTURED.sub(r"\g<writer>/文 ", text)
    text = re.sub(r"[（(][^（）()]*(?:[)）]|$)", " ", text)
    text = re.sub(r"[\[\]【】（）()|｜丨]", " ", text)
    if "记者" in text:
        text = _MEDIUM_OF.sub(_kept_name, text)
    text = _ROLE.sub(" ", text)
    names: list[str] = []
    doubtful = 0
    for part in re.split(r"[、，,;；&＆/／]|\s(?:和|与)\s", text):
        tokens = [token for token in re.split(r"[\s\u3000\xa0]+", part.strip()) if token]
        # A two-character name set wide: 方　敏.
        merged: list[str] = []
        for token in tokens:
            if len(token) == 1 and merged and len(merged[-1]) == 1:
                merged[-1] += token
            else:
                merged.append(token)
        if merged and all(_LATIN.fullmatch(token) for token in merged):
            merged = [" ".join(merged)]
        for token in merged:
            name = without_code(_AFTER.sub("", token))
            name = _TITLE.sub("", name).strip("—-:：.。")
            if said and name in _BORNE:
                doubtful += 1
            elif not (name and is_name(name, strict=strict)):
                said = said and not name
                continue
            if name not in names:
                names.append(name)
    return names if said or not doubtful else [name for name in names if is_name(name, strict=strict)]

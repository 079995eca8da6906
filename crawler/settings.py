"""Scrapy's settings, each with its reason; what depends on the run is set by the spider (`crawler.fetch.spider`)."""

from crawler.publishers import keys

BOT_NAME = "dibao"
SPIDER_MODULES = [f"crawler.publishers.{key}.spider" for key in keys()]

# Manners. The publisher's pace, DIBAO_DELAY_SECONDS and Crawl-delay decide about the pause, the longest wins.
ROBOTSTXT_OBEY = True  # by crawler.fetch.middlewares.Robots, which has no off switch
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # one at a time per host
CONCURRENT_REQUESTS = 16  # of different hosts; those of one host wait for each other
AUTOTHROTTLE_ENABLED = True  # a site that answers slowly is asked more slowly
AUTOTHROTTLE_TARGET_CONCURRENCY = 1.0
DOWNLOAD_DELAY_JITTER = 0  # a pause is a promise: never shorter than robots.txt asks
COOKIES_ENABLED = False  # we are nobody's session
REFERER_ENABLED = True  # Scrapy's redirects ask for it
HTTPPROXY_ENABLED = False  # the address check needs to see the real address
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9",
    "Accept-Encoding": "gzip, deflate",  # what every reader of the archive can undo
}

# The wire.
DOWNLOAD_HANDLERS = {
    "http": "crawler.fetch.download.ArchivingDownloadHandler",
    "https": "crawler.fetch.download.ArchivingDownloadHandler",
    "data": None,
    "file": None,  # no listing can make us read this machine's disk
    "ftp": None,
    "s3": None,
}
DOWNLOAD_FAIL_ON_DATALOSS = False  # a torn page is archived as torn, then fails: by the download handler
DOWNLOAD_VERIFY_CERTIFICATES = False  # Scrapy's default: many of these hosts send an incomplete certificate chain

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # HostGate, at every redirect too
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,  # a page that refreshes itself is for parse
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,  # the download handler
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,
    "crawler.fetch.middlewares.Replay": 60,  # first: what is archived needs neither robots.txt nor a pause
    "crawler.fetch.middlewares.HostGate": 70,
    "crawler.fetch.middlewares.Robots": 100,
    "crawler.fetch.middlewares.Retry": 550,
    "crawler.fetch.middlewares.Redirect": 600,
}
REDIRECT_MAX_TIMES = 5  # RFC 9309 asks for at least five

EXTENSIONS = {
    "scrapy.extensions.throttle.AutoThrottle": None,
    "crawler.fetch.middlewares.Throttle": 0,
    "crawler.fetch.progress.Progress": 0,
    "scrapy.extensions.logstats.LogStats": None,  # Progress says it in words
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scrapy.extensions.remote_control.RemoteControl": None,
}
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# Cost, measured: the callback's source was parsed for every response, a hundred tasks were made per response, and the
# whole body decoded for a refresh tag.
WARN_ON_GENERATOR_RETURN_VALUE = False
CONCURRENT_ITEMS = 4
METAREFRESH_ENABLED = False

# First in, first out: listings in the order of the channels, articles in the order of the listings.
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"  # the rows know what was asked for

# Every status comes to the spider: each is some address's fate.
HTTPERROR_ALLOW_ALL = True

LOG_LEVEL = "INFO"
STATS_DUMP = False

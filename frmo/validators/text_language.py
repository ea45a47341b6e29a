"""Which language a text is in: by its script, and where many share one, by the small words that each uses most."""

import re
import unicodedata
from collections import Counter

_SCRIPTS = {
    "KANNADA": ("kn",), "GURMUKHI": ("pa",), "GUJARATI": ("gu",), "TELUGU": ("te",), "TAMIL": ("ta",), "BENGALI": ("bn",),
    "MALAYALAM": ("ml",), "THAI": ("th",), "HANGUL": ("ko",), "HEBREW": ("he",), "GREEK": ("el",), "HIRAGANA": ("ja",),
    "KATAKANA": ("ja",), "CJK": ("zh",), "DEVANAGARI": ("hi", "mr", "ne"), "ARABIC": ("ar", "fa", "ur"),
    "CYRILLIC": ("ru", "bg", "uk"), "LATIN": ("en", "de", "es", "fr", "it", "pt", "nl", "vi", "fi", "sw", "sv", "pl"),
}  # fmt: skip
_SMALL = {
    "en": "the of and to in a is that for it as with was on are be this by i you not have or at from my we will your",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er",
    "es": "de la que el en y a los se del las un por con no una su para es al lo como más o este pero sus le",
    "fr": "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec",
    "it": "di e il la che in a per un è del si della con non le da una sono dei i al gli nel alla come più",
    "pt": "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele das à seu",
    "nl": "de van een het en in is dat op te zijn voor met die niet aan er om ook als bij door maar",
    "sv": "och i att det som en på är av för med den till inte om ett har de jag var",
    "pl": "w i na z do nie się że jest to o jak po co tak za od ale przez dla",
    "fi": "ja on ei se että oli hän en ovat myös mutta kun niin joka tai sen ole kuin mitä",
    "sw": "ya na wa kwa ni katika za la kama hii hiyo cha yake au kuwa sana pia lakini mtu watu ni hakuna si wengine hivyo ambayo yake wake",
    "vi": "và của là có được cho một trong không người với các những này đã để khi",
    "hi": "है के में की और का को से पर हैं यह भी कि नहीं लिए एक", "mr": "आहे आणि च्या या हे ते आहेत मध्ये होते की तर एक नाही झाला झाली असे केले चांगला त्यांनी",
    "ne": "छ र को मा हो लागि छन् गर्न पनि यो यस भएको एक", "ar": "في من على إلى أن التي هذا هذه عن مع كان الذي ما لا",
    "fa": "و در به از که این را با است برای آن یک های می", "ur": "کے میں کی ہے اور سے کا کو پر یہ ہیں نے ایک اس",
    "ru": "и в не на что с как я это по из для но он мы к", "bg": "на и да за се в от че са по не ще си как това",  # noqa: RUF001
    "uk": "і в не на що з як до це та для за від є у",  # noqa: RUF001
}  # fmt: skip
_WORDS = {language: frozenset(text.split()) for language, text in _SMALL.items()}


def language(text: str) -> str:
    """Two-letter code of the likeliest language; '' for a text without letters."""
    scripts: Counter[str] = Counter()
    for char in text[:20_000]:
        if char.isalpha():
            name = unicodedata.name(char, "").split(" ")[0].split("-")[0]
            scripts[name] += 1
    if not scripts:
        return ""
    name = scripts.most_common(1)[0][0]
    # Japanese writes with Chinese characters too; a tenth of its own letters tells.
    if name == "CJK" and scripts["HIRAGANA"] + scripts["KATAKANA"] > scripts["CJK"] / 10:
        return "ja"
    candidates = _SCRIPTS.get(name, ())
    if len(candidates) < 2:
        return candidates[0] if candidates else ""
    counted = Counter(re.findall(r"[^\W\d_][\w\u0900-\u097f]*", text.lower()))
    return max(candidates, key=lambda code: sum(counted[word] for word in _WORDS[code]))

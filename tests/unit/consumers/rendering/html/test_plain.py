"""The text that is made of a mail's HTML."""

import time

import pytest
from columba_consumers.rendering.html.plain import plain


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello,</p><p>one\n  line<br>two</p>", "Hello,\n\none line\ntwo"),
        ("<h1>Title</h1>text<div>a</div><div>b</div>", "Title\n\ntext\na\nb"),
        ('See <a href="https://e.org/a?b=1&amp;c=2">this</a>.', "See this <https://e.org/a?b=1&c=2>."),
        ('<a href="https://e.org/">e.org</a>, <a href="mailto:a@e.org">a@e.org</a>', "e.org, a@e.org"),
        ('<a href="#top">up</a> <a href="javascript:x()">no</a> <a>none</a>', "up no none"),
        ('<a href="https://e.org"><img src="x.png" alt="Shop"></a>', "Shop <https://e.org>"),
        ('<a href="https://e.org"><img src="x.png"></a>', "<https://e.org>"),
        ('a <img src="pixel.gif"> b <img src="x" alt="dove">', "a b dove"),
        ("<ul><li>one<li>two<ul><li>deep</ul></ul>", "* one\n* two\n\n  * deep"),
        ("<ol><li>one<br>more</li><li>two</li></ol>", "1. one\n   more\n2. two"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ("<pre>a  b\n  c</pre>", "a  b\n  c"),
        ("a<hr>b", "a\n\n--------------------\n\nb"),
        ("<table><tr><th>What<th>Price<tr><td>Dove<td>3,00&nbsp;€</table>", "What  Price\nDove  3,00 €"),
        ("<table><tr><td><p>a</p><p>b</p></td><td>c</td></tr></table>", "a\n\nb\n\nc"),
        ("<table><tr><td><table><tr><td>in</td></tr></table></td></tr></table>", "in"),
        ('<div style="display:none">preview</div><p hidden>x</p>shown', "shown"),
        ("<head><title>t</title><style>p{}</style></head><script>1</script>shown<!-- not -->", "shown"),
        ("<!--[if mso]><p>Outlook</p><![endif]-->shown", "shown"),
        ("1 < 2 &lt; 3 &amp; <3", "1 < 2 < 3 & <3"),
        ("soft&shy;ened\u200b, wide\u00a0\u00a0space", "softened, wide space"),
        ("", ""),
    ],
)
def test_it_says_what_a_reader_of_the_html_sees(html: str, text: str) -> None:
    assert plain(html) == text + "\n"


@pytest.mark.parametrize(
    "piece",
    ["<a <", "<!--", '<a "', "<a '\">", "<b>", "<p>x", "<table><tr><td>", "<ul><li>", "<style>", "< ", "<a href='x'>"],
)
@pytest.mark.slow
def test_it_takes_no_time_to_speak_of_whatever_is_written(piece: str) -> None:
    begun = time.thread_time()
    plain(piece * 20_000)
    assert time.thread_time() - begun < 3


@pytest.mark.parametrize("html", ["<" + "a" * 20_000, "<a" * 10_000], ids=["a name", "names in a row"])
def test_a_name_without_an_end_takes_no_time_either(html: str) -> None:
    begun = time.thread_time()
    plain(html)
    assert time.thread_time() - begun < 0.5


@pytest.mark.slow
def test_however_long_the_html_the_text_has_a_bound() -> None:
    assert len(plain("<p>words and words</p>" * 50_000)) < 300_000

"""What loading the app's module finds, and what it says when it cannot."""

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from columba_consumers.app import AppError, When, load_app

Write = Callable[..., None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Files of an app, importable for one test: ``write(**{"shop": "…", "shop.orders": "…"})``."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(modules: dict[str, str]) -> None:
        packages = {name.rpartition(".")[0] for name in modules}
        for name, text in modules.items():
            path = tmp_path / Path(*name.split("."))
            path = path / "__init__.py" if name in packages else path.with_suffix(".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(
                "from columba_consumers.app import after_delivery, after_expansion, audience, before_delivery, "
                "error_policy, loader, renderer, still_relevant, users\n" + textwrap.dedent(text)
            )

    yield write
    for name, module in list(sys.modules.items()):  # what is ours stays: somebody may hold parts of it
        if (getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def refusal(name: str) -> str:
    with pytest.raises(AppError) as caught:
        load_app(name)
    assert str(caught.value).startswith("COLUMBA_APP: ")
    return str(caught.value)


INVOICE = """
@renderer("invoice.ready")
def invoice(event, recipient): ...
"""


def test_the_functions_that_the_module_marked_are_found(write: Write) -> None:
    write({"shop": INVOICE + '@audience("subscribers")\ndef subscribers(event): ...\n'})
    app = load_app("shop")
    found = app.renderer_for("invoice.ready", "email")
    subscribers = app.audience_named("subscribers")
    assert found is not None
    assert found.name == "shop:invoice"
    assert subscribers is not None
    assert subscribers.function.__name__ == "subscribers"


def test_a_function_that_the_module_imported_is_found(write: Write) -> None:
    write({"shop": "from shop.mail import invoice", "shop.mail": INVOICE})
    assert load_app("shop").renderer_for("invoice.ready", "email") is not None


def test_the_modules_that_the_module_lists_are_loaded_too(write: Write) -> None:
    write(
        {
            "shop": 'COLUMBA_MODULES = (".mail", "shop.people")',
            "shop.mail": INVOICE,
            "shop.people": '@audience("all")\ndef everybody(event): ...\n',
        }
    )
    app = load_app("shop")
    assert app.renderer_for("invoice.ready", "email") is not None
    assert app.audience_named("all") is not None


def test_a_module_that_nobody_lists_is_not_loaded(write: Write) -> None:
    write({"shop": '@audience("all")\ndef everybody(event): ...\n', "shop.mail": INVOICE})
    assert load_app("shop").renderer_for("invoice.ready", "email") is None
    assert "shop.mail" not in sys.modules


def test_modules_that_list_each_other_are_loaded_once(write: Write) -> None:
    write({"shop": 'COLUMBA_MODULES = (".mail",)', "shop.mail": INVOICE + 'COLUMBA_MODULES = ("shop",)'})
    assert load_app("shop").renderer_for("invoice.ready", "email") is not None


def test_one_function_under_two_names_is_one_renderer(write: Write) -> None:
    write({"shop": INVOICE + "again = invoice\n"})
    assert len(load_app("shop").renderers) == 1


def test_two_renderers_for_one_kind_and_target_are_refused_by_name(write: Write) -> None:
    write({"shop": INVOICE + INVOICE.replace("def invoice", "def other")})
    said = refusal("shop")
    assert "shop:invoice" in said
    assert "shop:other" in said


def test_two_audiences_of_one_name_are_refused_by_name(write: Write) -> None:
    write({"shop": '@audience("all")\ndef one(event): ...\n@audience("all")\ndef two(event): ...\n'})
    said = refusal("shop")
    assert "shop:one" in said
    assert "shop:two" in said


def test_a_function_that_takes_the_recipient_is_told_from_one_that_does_not(write: Write) -> None:
    write(
        {
            "shop": """
            @still_relevant("a")
            def whole(event): ...

            @still_relevant("b")
            async def each(event, recipient): ...

            @still_relevant("c")
            def either(event, recipient=None, *, hint=""): ...

            @still_relevant("d")
            def cached(event, *, hint=""): ...

            @still_relevant("e")
            def wrapped(*arguments): ...
            """
        }
    )
    found = load_app("shop").relevances
    taking = {pattern: relevance.takes_recipient for pattern, relevance in found.items()}
    assert taking == {"a": False, "b": True, "c": True, "d": False, "e": True}


@pytest.mark.parametrize("arguments", ["", "event, recipient, more", "event, *, recipient", "*, event"])
def test_a_relevance_that_cannot_be_asked_is_refused_when_the_app_is_loaded(write: Write, arguments: str) -> None:
    write({"shop": f'@still_relevant("a")\ndef wanted({arguments}): ...\n'})
    said = refusal("shop")
    assert "shop:wanted" in said
    assert "still_relevant takes (event) or (event, recipient)" in said


def test_two_functions_that_say_whether_one_kind_is_relevant_are_refused_by_name(write: Write) -> None:
    write({"shop": '@still_relevant("a.*")\ndef one(event): ...\n@still_relevant("a.*")\ndef two(event): ...\n'})
    said = refusal("shop")
    assert "still_relevant for a.*" in said
    assert "shop:one" in said
    assert "shop:two" in said


def test_a_module_that_only_says_what_is_relevant_is_an_app(write: Write) -> None:
    write({"shop": '@still_relevant("*")\ndef wanted(event): ...\n'})
    assert load_app("shop").relevance_of("a.b") is not None


def test_the_function_that_yields_the_users_is_found_and_two_are_refused(write: Write) -> None:
    write({"shop": "@users\ndef people(): ...\n", "shops": "@users\ndef one(): ...\n@users\ndef two(): ...\n"})
    found = load_app("shop").users
    assert found is not None
    assert found.__name__ == "people"
    assert "shops:one and shops:two" in refusal("shops")


def test_a_module_that_does_not_exist_is_named_with_the_fix(write: Write) -> None:
    write({})
    said = refusal("shop.nowhere")
    assert "there is no module shop.nowhere" in said
    assert "PYTHONPATH" in said


def test_a_files_name_is_told_as_the_modules(write: Write) -> None:
    write({"shop": INVOICE})
    assert "write shop" in refusal("shop.py")


@pytest.mark.parametrize("name", ["", "shop/mail.py", "shop:app", "shop.", ".shop", "a b", "1shop"])
def test_what_is_no_modules_name_is_refused_with_the_right_form(name: str) -> None:
    assert "package.module" in refusal(name)


def test_an_error_inside_the_module_is_told_with_its_place_and_cause(write: Write) -> None:
    write({"shop": '\n\n{}["x"]\n'})
    with pytest.raises(AppError, match=r"importing shop failed: KeyError: 'x' at .*shop.py:4") as caught:
        load_app("shop")
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_module_that_imports_something_missing_is_not_called_missing_itself(write: Write) -> None:
    write({"shop": "import nowhere_to_be_found"})
    said = refusal("shop")
    assert "importing shop failed" in said
    assert "nowhere_to_be_found" in said


def test_a_module_that_calls_exit_is_an_error_and_no_exit(write: Write) -> None:
    write({"shop": "raise SystemExit(3)"})
    assert "SystemExit" in refusal("shop")


def test_a_module_with_nothing_marked_in_it_is_refused_with_the_fix(write: Write) -> None:
    write({"shop": "x = 1"})
    said = refusal("shop")
    assert "nothing is marked in shop" in said
    assert "COLUMBA_MODULES" in said


def test_a_listed_module_that_is_missing_is_named_with_who_lists_it(write: Write) -> None:
    write({"shop": 'COLUMBA_MODULES = ("shop.nowhere",)', "shop.mail": ""})
    assert "listed in COLUMBA_MODULES of shop" in refusal("shop")


@pytest.mark.parametrize("listed", ['"shop.mail"', "7"])
def test_a_list_of_modules_that_is_none_is_refused(write: Write, listed: str) -> None:
    write({"shop": f"COLUMBA_MODULES = {listed}"})
    assert "tuple" in refusal("shop")


def test_a_relative_name_outside_a_package_is_refused(write: Write) -> None:
    write({"shop": 'COLUMBA_MODULES = (".mail",)'})
    assert "cannot be resolved" in refusal("shop")


def test_the_function_that_judges_a_targets_errors_is_found_and_two_are_refused(write: Write) -> None:
    two = (
        '@error_policy("email")\ndef one(error, delivery): ...\n@error_policy("email")\ndef two(error, delivery): ...\n'
    )
    write({"shop": '@error_policy("email")\nasync def judge(error, delivery): ...\n', "shops": two})
    assert load_app("shop").error_policies["email"].name == "shop:judge"
    assert "error policies for email, shops:one and shops:two" in refusal("shops")


@pytest.mark.parametrize("arguments", ["", "error", "error, delivery, more", "error, *, delivery"])
def test_an_error_policy_that_cannot_be_asked_is_refused_when_the_app_is_loaded(write: Write, arguments: str) -> None:
    write({"shop": f'@error_policy("email")\ndef judge({arguments}): ...\n'})
    assert "error_policy takes (error, delivery)" in refusal("shop")


def test_hooks_are_found_and_called_in_the_order_of_the_modules(write: Write) -> None:
    hook = "@before_delivery()\n@after_delivery('a.b', target='sms')\ndef {}(*given): ...\n"
    write({"shop": "COLUMBA_MODULES = ('shops',)\n" + hook.format("one"), "shops": hook.format("two")})
    app = load_app("shop")
    assert [hook.name for hook in app.hooks_for(When.BEFORE, "c", "email")] == ["shop:one", "shops:two"]
    assert [hook.name for hook in app.hooks_for(When.AFTER, "a.b", "sms")] == ["shop:one", "shops:two"]
    assert app.hooks_for(When.AFTER, "a.b", "email") == app.hooks_for(When.AFTER, "a", "sms") == ()


@pytest.mark.parametrize(
    ("mark", "arguments", "takes"),
    [
        ("before_delivery", "message, event", "(message, event, recipient)"),
        ("after_delivery", "", "(outcome)"),
        ("after_expansion", "event, number", "(expansion)"),
    ],
)
def test_a_hook_that_cannot_be_called_is_refused_when_the_app_is_loaded(
    write: Write, mark: str, arguments: str, takes: str
) -> None:
    write({"shop": f"@{mark}()\ndef hook({arguments}): ...\n"})
    assert f"{mark} takes {takes}" in refusal("shop")


def test_loaders_are_found_by_their_sort(write: Write) -> None:
    write({"shop": '@loader("shop.invoice")\nasync def find(key): ...\n@renderer("a")\ndef say(a, b, c): ...\n'})
    app = load_app("shop")
    assert app.loaders["shop.invoice"].name == "shop:find"
    assert app.renderers["a", "email"].takes_about


def test_two_loaders_of_one_sort_and_one_that_takes_no_id_are_refused(write: Write) -> None:
    twice = '@loader("a")\ndef one(key): ...\n@loader("a")\ndef two(key): ...\n'
    write({"shop": twice, "shops": '@loader("a")\ndef find(): ...\n'})
    assert "loaders for a, shop:one and shop:two" in refusal("shop")
    assert "loader takes (id)" in refusal("shops")

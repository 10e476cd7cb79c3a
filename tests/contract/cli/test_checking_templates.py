"""`columba templates check`: what an app's CI runs."""

from tests.contract.cli.shell import Shell

SUBJECT = "invoice.ready/email.subject.txt"


def test_the_facts_that_a_kind_needs_are_listed(embedded: Shell) -> None:
    templates = embedded.folder / "templates"
    (templates / SUBJECT).write_text("{{ customer.name }}{% if urgent is defined %}{{ urgent }}{% endif %}")
    (templates / "invoice.ready/email.html").unlink()
    (templates / "invoice.ready/email.txt").write_text("\n{% for item in items %}{{ item.price }}{% endfor %}")
    line = embedded.run("templates", "check", "--json").line
    (kind,) = [each for each in line["kinds"] if each["kind"] == "invoice.ready"]
    assert line["healthy"] is True
    assert [(each["name"], each["always"], each["places"]) for each in kind["needs"]] == [
        ("customer.name", True, [f"{SUBJECT}:1"]),
        ("items", True, ["invoice.ready/email.txt:2"]),
        ("items[].price", True, ["invoice.ready/email.txt:2"]),
        ("urgent", False, [f"{SUBJECT}:1"]),
    ]
    assert "urgent         at times  email.subject.txt:1" in embedded.run("templates", "check").stdout


def test_what_is_broken_fails_the_check_by_file_and_line(embedded: Shell) -> None:
    (embedded.folder / "templates" / SUBJECT).write_text("\n{{ number | nofilter }}")
    assert f"{SUBJECT}:2: No filter named 'nofilter'" in embedded.run("templates", "check", status=1).stdout
    line = embedded.run("templates", "check", "--json", status=1).line
    assert line["healthy"] is False
    assert f"{SUBJECT}:2" in line["problems"][0]


def test_the_check_needs_neither_log_nor_broker(embedded: Shell) -> None:
    (embedded.folder / "columba.db").unlink()
    embedded.run("templates", "check")
    assert not (embedded.folder / "columba.db").exists()


def test_a_folder_that_is_not_there_is_named(embedded: Shell) -> None:
    embedded.settings["COLUMBA_TEMPLATES"] = "nowhere"
    assert "COLUMBA_TEMPLATES: there is no folder nowhere" in embedded.run("templates", "check", status=1).stderr


def test_a_contract_is_right_until_templates_need_something_else(embedded: Shell) -> None:
    file = embedded.folder / "contract.json"
    file.write_text(embedded.run("templates", "contract").stdout)
    text = embedded.folder / "templates" / "invoice.ready/email.txt"
    text.write_text(text.read_text() + "Thank you!\n")
    kept = embedded.run("templates", "check", "--contract", "contract.json", "--json").line["contract"]
    assert (kept["differences"], kept["reworded"]) == ([], ["invoice.ready by email"])
    text.write_text(text.read_text() + "{{ coupon }}")
    told = embedded.run("templates", "check", "--contract", "contract.json", status=1).stdout
    assert "contract.json: invoice.ready by email needs coupon now (invoice.ready/email.txt:" in told


def test_there_is_no_contract_while_templates_are_broken(embedded: Shell) -> None:
    (embedded.folder / "templates" / SUBJECT).write_text("{% if %}")
    done = embedded.run("templates", "contract", status=1)
    assert done.stdout == ""
    assert "`columba templates check` tells of" in done.stderr


def test_what_could_not_be_said_is_refused_as_it_is_published(shell: Shell) -> None:
    (shell.folder / "contract.json").write_text(shell.run("templates", "contract").stdout)
    shell.settings["COLUMBA_CONTRACT"] = "contract.json"
    told = shell.run("enqueue", "invoice.ready", "--to", "bob@example.org", status=2).stderr
    assert "number: is missing, and invoice.ready cannot be said by email without it (invoice.ready/email." in told
    told = shell.run("enqueue", "invoice.redy", "--to", "bob@example.org", status=2).stderr
    assert "KIND: 'invoice.redy' is not in the contract: perhaps invoice.ready was meant" in told
    assert shell.run("list", "--json").lines == []


def test_doctor_says_whether_the_contract_fits(embedded: Shell) -> None:
    embedded.settings["COLUMBA_CONTRACT"] = "contract.json"

    def found(status: int) -> dict[str, str]:
        findings = embedded.run("doctor", "--json", status=status).line["findings"]
        return next(each for each in findings if each["about"] == "contract")

    assert found(1)["verdict"] == "problem"
    (embedded.folder / "contract.json").write_text(embedded.run("templates", "contract").stdout)
    assert found(0)["verdict"] == "ok"
    (embedded.folder / "templates" / SUBJECT).write_text("{{ coupon }}")
    assert "needs coupon now" in found(0)["text"]


def test_a_file_that_no_kind_would_ever_use_fails_the_check_if_it_is_plainly_misspelt(embedded: Shell) -> None:
    folder = embedded.folder / "templates" / "invoice.ready"
    (folder / "email.old.html").write_text("x")
    assert "Nothing uses invoice.ready/email.old.html." in embedded.run("templates", "check").stderr
    (folder / "email.old.html").unlink()
    (folder / "email.html").rename(folder / "emial.html")
    line = embedded.run("templates", "check", "--json", status=1).line
    assert line["unused"] == []
    assert "emial.html: nothing uses a file of this name: perhaps invoice.ready/email.html" in line["problems"][0]

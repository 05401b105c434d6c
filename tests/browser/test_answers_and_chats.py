"""Asking again, finding a chat, a document that could not be read, and what goes wrong."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.actions import answer, ask, open_queue, session_of
from tests.browser.conftest import Live


def test_a_question_asked_again_stays_one_question_with_two_answers(page: Page, live: Live) -> None:
    live.behave(answer="First answer.")
    page.goto("/")
    ask(page, "what is a weir?")
    expect(answer(page)).to_contain_text("First answer.")
    live.behave(answer="Second answer.")
    page.get_by_role("button", name="Answer again").click()
    expect(answer(page)).to_contain_text("Second answer.")
    expect(page.get_by_test_id("answer")).to_have_count(1)
    expect(page.get_by_role("main").get_by_text("what is a weir?")).to_have_count(1)
    page.get_by_role("button", name="Earlier answer").click()
    expect(answer(page)).to_contain_text("First answer.")
    page.reload()
    expect(answer(page)).to_contain_text("Second answer.")
    expect(page.get_by_role("group", name="Answers to this question")).to_contain_text("2 of 2")
    assert len(live.run(live.stack.turns(session_of(page)))) == 4


def test_a_failed_answer_says_why_and_is_asked_again(page: Page, live: Live) -> None:
    live.behave(answer="Half an answer that", tokens=40, rate=20, cut_after=8)
    page.goto("/")
    ask(page, "what is a weir?")
    expect(page.get_by_role("alert")).to_contain_text("The model's connection was cut")
    expect(answer(page)).to_contain_text("Half an answer that")
    live.behave(answer="A low dam.")
    page.get_by_role("button", name="Ask again").click()
    expect(answer(page)).to_contain_text("A low dam.")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(answer(page)).to_contain_text(re.compile(r"fake-model · .*took"))


def test_all_chats_are_searched_by_their_words(page: Page, live: Live) -> None:
    live.behave(answer="闸门每年春天上油。")
    live.becomes(live.chat("who greases the gate?")["task_id"], "completed")
    live.behave(answer="Nothing.")
    for number in range(6):
        live.becomes(live.chat(f"other {number}")["task_id"], "completed")
    page.goto("/")
    chats = page.get_by_role("region", name="Chats")
    chats.get_by_role("searchbox").fill("上油")
    expect(chats.get_by_role("link")).to_have_count(1)
    expect(chats.get_by_text("1 chat found")).to_be_visible()
    expect(chats.locator("mark")).to_have_text("上油")
    chats.get_by_role("searchbox").fill("nowhere")
    expect(chats.get_by_text("No chat has these words.")).to_be_visible()
    chats.get_by_role("searchbox").fill("")
    expect(chats.get_by_role("link")).to_have_count(7)


def test_a_document_that_could_not_be_read_is_chosen_again_after_a_reload(
    page: Page, live: Live, tmp_path: Path
) -> None:
    live.upload("report.pdf", "%PDF-1.4 nothing")
    page.goto("/app/library")
    item = page.get_by_role("main").get_by_role("listitem")
    expect(item).to_contain_text("Failed:")
    expect(item).to_contain_text("choose the file again")
    file = tmp_path / "report.md"
    file.write_text("# Report\n\nNow it can be read.\n")
    with page.expect_file_chooser() as chooser:
        item.get_by_role("button", name="Choose the file again").click()
    chooser.value.set_files(file)
    expect(item).to_have_count(1)
    expect(item).to_contain_text("1 passage")


def test_without_a_model_the_page_says_how_to_connect_one(page: Page, live: Live) -> None:
    with live.another_api(LLM_BASE_URL="", LLM_MODEL="") as stack:
        page.goto(f"{stack.http.base_url}/app")
        expect(page.get_by_role("main").get_by_text("No model connected")).to_be_visible()
        expect(page.get_by_text(re.compile("LLM_BASE_URL"))).to_be_visible()


def test_the_first_page_explains_itself_with_three_examples(page: Page, live: Live) -> None:
    page.goto("/")
    main = page.get_by_role("main")
    expect(main.get_by_text("you submit, wait your turn in the open")).to_be_visible()
    examples = main.get_by_role("list").get_by_role("button")
    expect(examples).to_have_count(3)
    examples.first.click()
    box = page.get_by_role("textbox", name="Message")
    expect(box).to_be_focused()
    expect(box).to_have_value("Summarise the main points of my documents")


def test_a_research_is_watched_downloaded_run_again_and_followed_up(page: Page, live: Live) -> None:
    live.upload("gates.md", "# Gates\n\nThe lock keeper opens the gate at six o'clock.\n")
    live.behave(answer="Opened at six [1].", rules=[["search questions", '"What opens the gate?"']], rate=30)
    page.goto("/app/research")
    page.get_by_label("What should be researched?").fill("The gate")
    page.get_by_text("Brief").click()
    page.get_by_role("button", name="Start research").click()
    expect(page.get_by_role("heading", name="The gate")).to_be_visible()
    expect(page.get_by_role("main").get_by_text("Planning")).to_be_attached()
    expect(page.get_by_role("article")).to_contain_text("Opened at six")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download Markdown").click()
    assert download.value.suggested_filename == "The gate.md"
    assert "Opened at six" in download.value.path().read_text()
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_label("What should be researched?")).to_have_value("The gate")
    expect(page.get_by_label("Brief")).to_be_checked()
    page.go_back()
    page.get_by_role("button", name="Ask a follow-up").click()
    expect(page.get_by_role("textbox", name="Message")).to_have_value(re.compile("The gate"))


def test_documents_being_read_stand_apart_in_the_queue(page: Page, live: Live) -> None:
    page.goto("/")
    panel = open_queue(page)
    big = "\n\n".join(f"# Part {number}\n\n{'water and gates ' * 400}" for number in range(150))
    files = {"file": ("big.md", big.encode())}
    receipt = live.run(live.stack.call("POST", "/documents", files=files, expect=202))
    documents = panel.get_by_role("region", name="Documents")
    expect(documents).to_contain_text("big")
    expect(documents).to_contain_text("without a slot")
    expect(panel.get_by_text("0 of 2 slots in use")).to_be_visible()
    live.becomes(receipt["task_id"], "completed")
    expect(documents).to_have_count(0)

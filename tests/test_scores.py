"""What a careful person reads in a referee's reply. The replies are our own; each stands for a quirk of wording."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lion.prompts
from lion.classroom import expert
from lion.classroom.seeds import seeds
from lion.prompts import Prompts
from lion.records import Instruction
from lion.scores import Scores, Unreadable, read
from lion.statements import LONGEST_UNIT, Fault

THE = "Score of the Assistant"
LATER = "\n\nAssistant 1 covers both causes, and names 3 examples. Assistant 2 names 5, but none of them is explained."
BEFORE = "Both answers are helpful. Assistant 1 lists 3 reasons; Assistant 2 lists 10, two of them twice.\n\n"

READ: list[tuple[str, float, float]] = [
    # the two formats that are asked for
    ("8 9", 8, 9),
    ("8 9" + LATER, 8, 9),
    ("8.5 9\nBoth are good.", 8.5, 9),
    ("10 1", 10, 1),
    (f"{BEFORE}{THE} 1: 8\n{THE} 2: 9", 8, 9),
    (f"{THE} 1: 8\n{THE} 2: 9\n", 8, 9),
    # a first line with two values
    ("8, 9" + LATER, 8, 9),
    ("8,9" + LATER, 8, 9),
    ("8; 9", 8, 9),
    ("8 and 9", 8, 9),
    ("8\t9" + LATER, 8, 9),
    ("  8   9  \n" + LATER, 8, 9),
    ("\n\n7 6\n\nThe first one answers the question.", 7, 6),
    ("**8 9**" + LATER, 8, 9),
    ("`8 9`", 8, 9),
    ("(8, 9)", 8, 9),
    ("[8, 9]", 8, 9),
    ("8/10 9/10", 8, 9),
    ("8/10, 9/10" + LATER, 8, 9),
    ("8.75 9.25.", 8.75, 9.25),
    ("Scores: 8 9" + LATER, 8, 9),
    ("Scores: 8, 9", 8, 9),
    ("Score: 8 9", 8, 9),
    ("8 9\n\nAccuracy:\nAssistant 1: 7\nAssistant 2: 10\nDetail:\nAssistant 1: 9\nAssistant 2: 8", 8, 9),
    (f"8 9{LATER}\n{THE} 1: 8\n{THE} 2: 9", 8, 9),
    # scores in one last line, without names
    (BEFORE + "Scores: 8, 9", 8, 9),
    (BEFORE + "Final scores: 8.5 and 9", 8.5, 9),
    (BEFORE + "8/10, 9/10", 8, 9),
    # the wording
    ("Score of Assistant 1: 8\nScore of Assistant 2: 9", 8, 9),
    (BEFORE + "The score of Assistant 1: 8\nThe score of Assistant 2: 9", 8, 9),
    ("Score for Assistant 1: 8\nScore for Assistant 2: 9", 8, 9),
    ("Score for the Assistant 1: 8\nScore for the Assistant 2: 9", 8, 9),
    ("Scores\nScore given to Assistant 1: 8\nScore given to Assistant 2: 9", 8, 9),
    ("Assistant 1: 8\nAssistant 2: 9", 8, 9),
    (BEFORE + "Assistant 1: 8\nAssistant 2: 9", 8, 9),
    ("Assistant 1 Score: 8\nAssistant 2 Score: 9", 8, 9),
    ("Assistant 1 score: 8\n\nAssistant 2 score: 9", 8, 9),
    ("Assistant 1's score: 8\nAssistant 2's score: 9", 8, 9),
    ("Assistant 1’s score: 8\nAssistant 2’s score: 9", 8, 9),
    ("Assistant 1's answer: 8/10\nAssistant 2's answer: 9/10", 8, 9),
    ("Assistant 1 Rating: 8\nAssistant 2 Rating: 9", 8, 9),
    ("Rating of Assistant 1: 8\nRating of Assistant 2: 9", 8, 9),
    ("Final score of Assistant 1: 8\nFinal score of Assistant 2: 9", 8, 9),
    ("Overall score for Assistant 1: 8\nOverall score for Assistant 2: 9", 8, 9),
    ("Assistant 1 overall: 8\nAssistant 2 overall: 9", 8, 9),
    ("SCORE OF THE ASSISTANT 1: 8\nSCORE OF THE ASSISTANT 2: 9", 8, 9),
    ("score of the assistant 1: 8\nscore of the assistant 2: 9", 8, 9),
    ("Score of AI Assistant 1: 8\nScore of AI Assistant 2: 9", 8, 9),
    ("Score of Assistant #1: 8\nScore of Assistant #2: 9", 8, 9),
    ("Score of Assistant One: 8\nScore of Assistant Two: 9", 8, 9),
    ("Assistant-1: 8\nAssistant-2: 9", 8, 9),
    ("The score of Assistant 1 is 8 and the score of Assistant 2 is 9.", 8, 9),
    (BEFORE + "I would give Assistant 1 a score of 8 and Assistant 2 a score of 9.", 8, 9),
    (BEFORE + "Therefore, I would rate Assistant 1 an 8 and Assistant 2 a 9.", 8, 9),
    (BEFORE + "Overall, I'd give Assistant 1 8/10 and Assistant 2 9/10.", 8, 9),
    (BEFORE + "Assistant 1 receives a score of 8. Assistant 2 receives a score of 9.", 8, 9),
    # the number
    (f"{THE} 1: 8.5\n{THE} 2: 10", 8.5, 10),
    (f"{THE} 1: 8.75\n{THE} 2: 9.25", 8.75, 9.25),
    (f"{THE} 1: 8½\n{THE} 2: 9 ½", 8.5, 9.5),
    (f"{THE} 1: 8.0\n{THE} 2: 9.0", 8, 9),
    (f"{THE} 1: 8/10\n{THE} 2: 9/10", 8, 9),
    (f"{THE} 1: 8.5 / 10\n{THE} 2: 9 / 10", 8.5, 9),
    (f"{THE} 1: 8 out of 10\n{THE} 2: 9 out of 10", 8, 9),
    ("Assistant 1: 8 out of 10.\nAssistant 2: 9 out of 10.", 8, 9),
    (f"{THE} 1: 8 points\n{THE} 2: 9 points", 8, 9),
    (f"{THE} 1: <8>\n{THE} 2: <9>", 8, 9),
    (f"{THE} 1: [8]\n{THE} 2: [[9]]", 8, 9),
    (f"{THE} 1: (8)\n{THE} 2: (9/10)", 8, 9),
    (f"{THE} 1 (out of 10): 8\n{THE} 2 (out of 10): 9", 8, 9),
    (f"{THE} 1 (1-10): 8\n{THE} 2 (1-10): 9", 8, 9),
    ("Assistant 1 (8/10)\nAssistant 2 (9/10)", 8, 9),
    # markup and signs
    (f"**{THE} 1: 8**\n**{THE} 2: 9**", 8, 9),
    (f"**{THE} 1:** 8\n**{THE} 2:** 9.", 8, 9),
    (f"**{THE} 1**: **8**\n**{THE} 2**: **9**", 8, 9),
    (f"__{THE} 1:__ *8*\n__{THE} 2:__ *9*", 8, 9),
    (f"### {THE} 1: 8\n### {THE} 2: 9", 8, 9),
    (f"- {THE} 1: 8\n- {THE} 2: 9", 8, 9),
    (f"* {THE} 1: 8\n* {THE} 2: 9", 8, 9),
    (f"• {THE} 1: 8\n• {THE} 2: 9", 8, 9),
    (f"1. {THE} 1: 8\n2. {THE} 2: 9", 8, 9),
    (f"1) {THE} 1: 8\n2) {THE} 2: 9", 8, 9),
    (f"```\n{THE} 1: 8\n{THE} 2: 9\n```", 8, 9),
    (f"---\n{THE} 1: 8\n\n---\n\n{THE} 2: 9\n---", 8, 9),
    ("| Assistant | Score |\n|---|---|\n| Assistant 1 | 8 |\n| Assistant 2 | 9 |", 8, 9),
    ("| **Assistant 1** | **8/10** |\n| **Assistant 2** | **9/10** |", 8, 9),
    ("[Assistant 1 Score: 8.0] [Assistant 2 Score: 9.0]", 8, 9),
    (f"✅ {THE} 1: 8\n✅ {THE} 2: 9", 8, 9),
    (f"{THE} 1：8\n{THE} 2：９", 8, 9),
    (f"{THE} 1 - 8\n{THE} 2 – 9", 8, 9),
    ("Assistant 1 — 8\nAssistant 2 — 9", 8, 9),
    (f"{THE} 1 = 8\n{THE} 2 = 9", 8, 9),
    (f"{THE} 1 -> 8\n{THE} 2 → 9", 8, 9),
    (f"{THE} 1 : 8\n{THE} 2 : 9", 8, 9),
    (f"{THE} 1:8\n{THE} 2:9", 8, 9),
    (f"{THE} 1: 8\r\n{THE} 2: 9\r\n", 8, 9),
    (f"{THE}\u00a01:\u00a08\n{THE}\u202f2:\u20099", 8, 9),
    (f"\ufeff{THE} 1: 8  \n\t{THE} 2: 9 . ", 8, 9),
    (f"{THE} 1:\n8\n{THE} 2:\n9", 8, 9),
    # on one line
    ("Score of Assistant 1: 8, Score of Assistant 2: 9", 8, 9),
    ("Score of Assistant 1: 8; Score of Assistant 2: 9.", 8, 9),
    ("Score of Assistant 1: 8. Score of Assistant 2: 9.", 8, 9),
    ("Score of Assistant 1: 8 Score of Assistant 2: 9", 8, 9),
    ("Assistant 1: 8/10; Assistant 2: 9/10", 8, 9),
    ("Assistant 1: 8 | Assistant 2: 9", 8, 9),
    ("Assistant 1: 8, Assistant 2: 9" + LATER, 8, 9),
    ("(Assistant 1: 8, Assistant 2: 9)", 8, 9),
    ("Scores: Assistant 1: 8, Assistant 2: 9", 8, 9),
    ("Final scores - Assistant 1: 8/10 and Assistant 2: 9/10", 8, 9),
    ("Overall: Assistant 1: 8, Assistant 2: 9", 8, 9),
    ("Evaluation evidence: both are fine Score of Assistant 1: 8 Score of Assistant 2: 9", 8, 9),
    ("Both are fine. The score of Assistant 1: 8 The score of Assistant 2: 9", 8, 9),
    # the order
    (f"{THE} 2: 9\n{THE} 1: 8", 8, 9),
    ("Assistant 2: 9/10, Assistant 1: 8/10", 8, 9),
    # with a remark
    (f"{THE} 1: 8 (clear, but short)\n{THE} 2: 9 (complete)", 8, 9),
    ("Assistant 1: 8/10 - Clear, but short.\nAssistant 2: 9/10 - Complete.", 8, 9),
    (f"{THE} 1: 8, because it is short\n{THE} 2: 9, because it is complete", 8, 9),
    # between prose
    (f"{THE} 1: 8\nIt is clear.\n\n{THE} 2: 9\nIt is complete.", 8, 9),
    (f"{THE} 1: 8\n{THE} 2: 9{LATER}", 8, 9),
    ("Assistant 1: 8/10\nIt names 3 causes.\n\nAssistant 2: 9/10\nIt names 5 causes.", 8, 9),
    ("Here are my scores:\nAssistant 1: 8\nAssistant 2: 9\n\nThe second one is complete.", 8, 9),
    ("Assistant 1: 8\nAssistant 2: 9" + LATER, 8, 9),
    ("Assistant 1: The answer is clear. Score: 8/10\nAssistant 2: It is complete. Score: 9/10", 8, 9),
    # criteria that are not the scores
    ("Assistant 1:\n- Helpfulness: 7\n- Relevance: 10\nOverall: 8\n\nAssistant 2:\n- Accuracy: 10\nOverall: 9", 8, 9),
    ("### Assistant 1\nAccuracy: 7\nOverall score: 8/10\n### Assistant 2\nAccuracy: 3\nOverall score: 9/10", 8, 9),
    ("**Assistant 1:**\nStrengths: clear\nWeaknesses: short\n**Score: 8**\n\n**Assistant 2:**\nScore: 9", 8, 9),
    (f"- Accuracy: 9\n- Detail: 7\n- Accuracy: 5\n- Detail: 6\n{THE} 1: 8\n{THE} 2: 9", 8, 9),
    (f"Clarity:\nAssistant 1: 5\nAssistant 2: 6\nStyle:\nAssistant 1: 3\nAssistant 2: 4\n{THE} 1: 8\n{THE} 2: 9", 8, 9),
    ("Accuracy:\nAssistant 1: 5\nAssistant 2: 6\n\nOverall:\nAssistant 1: 8\nAssistant 2: 9", 8, 9),
    ("Accuracy: Assistant 1: 5, Assistant 2: 6\nOverall: Assistant 1: 8, Assistant 2: 9", 8, 9),
    (f"Assistant 1 - Accuracy: 5, Detail: 6\nAssistant 2 - Accuracy: 7\n{THE} 1: 8\n{THE} 2: 9", 8, 9),
    # restated: the last statement counts
    (f"{THE} 1: 2\nrather\n{THE} 1: 8\n{THE} 2: 9", 8, 9),
    (f"{THE} 1: 5\n{THE} 2: 6\nOn reflection the first is better than that.\n{THE} 1: 8\n{THE} 2: 9", 8, 9),
    (f"Assistant 1: 5\nAssistant 2: 7\nSo much for what they answered.\n{THE} 1: 8\n{THE} 2: 9", 8, 9),
    (f"{THE} 1: 8\n{THE} 2: 9\n\nTo sum up:\n{THE} 1: 8\n{THE} 2: 9", 8, 9),
    # what the answers or the question say of scores
    (f'Answer 2 says "{THE} 1: 1". I pay no heed.\n{THE} 1: 8\n{THE} 2: 9', 8, 9),
    (f"> {THE} 1: 1\n> {THE} 2: 10\n{THE} 1: 8\n{THE} 2: 9", 8, 9),
    (f"Answer 2 ends with:\n{THE} 1: 1\n{THE} 2: 10\nI pay no heed to that.\n{THE} 1: 8\n{THE} 2: 9", 8, 9),
    (f"The task asks to grade an essay from 1 to 10, and 7-8 would be fair.\n{THE} 1: 8\n{THE} 2: 9", 8, 9),
]  # fmt: skip

REFUSED: list[tuple[str, Fault]] = [
    # nothing
    ("", "absent"),
    (" \n\t\r\n", "absent"),
    ("I cannot compare these.", "absent"),
    ("I'm sorry, but as an AI language model I cannot give scores from 1 to 10.", "absent"),
    (BEFORE, "absent"),
    ("Assistant 1 gave 3 reasons.\nAssistant 2 gave 5 reasons.", "absent"),
    ("Assistant 1: 3 examples were given\nAssistant 2: 5 examples were given", "absent"),
    ("Accuracy: 8\nDetail: 7", "absent"),
    ("- Helpfulness: 8\n- Relevance: 9", "absent"),
    ("Both are equally good: 9", "absent"),
    ("Both assistants: 8", "absent"),
    ("Score of Assistant 1 and Assistant 2: 8", "absent"),
    ("Assistant 1 is better than Assistant 2.", "absent"),
    ("Assistant 1 gets 3 and Assistant 2 gets 5, and the right result is 5.", "absent"),
    ("Assistant 1 is 8 and Assistant 2 is 9.", "absent"),
    ("Assistant A: 8\nAssistant B: 9", "absent"),
    ("Assistant 3: 8\nAssistant 4: 9", "absent"),
    ("Assistant 12: 8\nAssistant 21: 9", "absent"),
    ("7\n8", "absent"),
    ("8 9 7", "absent"),
    ("8-9", "absent"),
    ("8/9", "absent"),
    (BEFORE + "8 9", "absent"),
    ("The three roots are the following.\n2, 3", "absent"),
    ("Score: 8\nScore: 9", "absent"),
    (f'Answer 2 ends in "{THE} 1: 1 {THE} 2: 10".', "absent"),
    (f"> {THE} 1: 1\n> {THE} 2: 10", "absent"),
    (f"Answer 2 ends with:\n{THE} 1: 1\n{THE} 2: 10", "absent"),
    ("I would give Assistant 1 a score of 8 if it were longer.", "unclear"),
    # criteria
    ("Accuracy:\nAssistant 1: 9\nAssistant 2: 8\nRelevance:\nAssistant 1: 7\nAssistant 2: 6", "absent"),
    ("Accuracy\nScore of Assistant 1: 9\nScore of Assistant 2: 8", "absent"),
    ("Accuracy scores:\nAssistant 1: 9\nAssistant 2: 8", "absent"),
    ("Level of detail:\nScore of Assistant 1: 9\nScore of Assistant 2: 8", "absent"),
    ("Level of Detail Score of Assistant 1: 9\nLevel of Detail Score of Assistant 2: 8", "absent"),
    ("Accuracy score of Assistant 1: 9\nAccuracy score of Assistant 2: 8", "absent"),
    ("Score of Assistant 1 for accuracy: 9\nScore of Assistant 2 for accuracy: 8", "absent"),
    ("Assistant 1 (accuracy): 9\nAssistant 2 (accuracy): 8", "absent"),
    ("Assistant 1:\n- Accuracy: 9\n- Detail: 8\nAssistant 2:\n- Accuracy: 7\n- Detail: 6", "absent"),
    ("Assistant 1:\nAccuracy\nScore: 9\nDetail\nScore: 5\nAssistant 2:\nScore: 7\nScore: 6", "contradictory"),
    ("Reach:\nAssistant 1: 9/10\nAssistant 2: 8/10\nWit:\nAssistant 1: 7/10\nAssistant 2: 6/10", "contradictory"),
    # what the assistants answered
    ("They answered:\nAssistant 1: 5\nAssistant 2: 7", "absent"),
    ("| Assistant | Answer |\n|---|---|\n| Assistant 1 | 5 |\n| Assistant 2 | 7 |", "absent"),
    ("Let us see.\nAssistant 1: 5\nAssistant 2: 7\nThe right result is 7.", "absent"),
    ("Assistant 1: 5\nAssistant 2: 7\nThe result is 7. I rate the first one 2 and the other one 9.", "absent"),
    # one alone
    (f"{THE} 1: 8", "single"),
    (f"{BEFORE}{THE} 2: 8", "single"),
    (f"{THE} 1: 8\n{THE} 3: 7", "single"),
    (f"{THE} 1: 8\nI cannot score the other one.", "single"),
    ("Assistant 1: 8/10, Assistant 1: 8/10", "single"),
    (f"{THE} 1: 8\n{THE} 1: 8", "single"),
    # out of range
    (f"{THE} 1: 0\n{THE} 2: 5", "out of range"),
    (f"{THE} 1: 8\n{THE} 2: 11", "out of range"),
    (f"{THE} 1: 0.5\n{THE} 2: 5", "out of range"),
    (f"{THE} 1: 10.5\n{THE} 2: 5", "out of range"),
    (f"{THE} 1: 85\n{THE} 2: 90", "out of range"),
    ("0 8" + LATER, "out of range"),
    ("80 90" + LATER, "out of range"),
    ("Assistant 1: 8/10\nAssistant 2: 11/10", "out of range"),
    # contradictory
    (f"{THE} 1: 8\n{THE} 1: 7", "contradictory"),
    (f"{THE} 1: 8\n{THE} 2: 7\n{THE} 1: 6\n{THE} 2: 7", "contradictory"),
    (f"8 9{LATER}\n{THE} 1: 7\n{THE} 2: 9", "contradictory"),
    (f"{THE} 1: 5\n{THE} 2: 6\nI take back the first.\n{THE} 1: 8", "contradictory"),
    # unclear
    (f"{THE} 1: 7-8\n{THE} 2: 9", "unclear"),
    (f"{THE} 1: 7–8\n{THE} 2: 9", "unclear"),
    (f"{THE} 1: 7 to 8\n{THE} 2: 9", "unclear"),
    (f"{THE} 1: 7 or 8\n{THE} 2: 9", "unclear"),
    (f"{THE} 1: ~8\n{THE} 2: 9", "unclear"),
    (f"{THE} 1: 8+\n{THE} 2: 9", "unclear"),
    (f"{THE} 1: 80%\n{THE} 2: 90%", "unclear"),
    (f"{THE} 1: 80/100\n{THE} 2: 90/100", "unclear"),
    (f"{THE} 1: 4/5\n{THE} 2: 5/5", "unclear"),
    (f"{THE} 1: 8 out of 9\n{THE} 2: 9 out of 9", "unclear"),
    (f"{THE} 1: 8,5\n{THE} 2: 9", "unclear"),
    (f"{THE} 1: 8¼\n{THE} 2: 9", "unclear"),
    (f"{THE} 1: 8 1/2\n{THE} 2: 9", "unclear"),
    (f"{THE} 1: -8\n{THE} 2: 5", "unclear"),
    (f"{THE} 1: 1e1\n{THE} 2: 5", "unclear"),
    (f"{THE} 1: 8\n{THE} 2: n/a", "unclear"),
    (f"{THE} 1: 8\n{THE} 2: see above", "unclear"),
    (f"{THE} 1: eight\n{THE} 2: nine", "unclear"),
    (f"{THE} 1: ~~7~~ 8\n{THE} 2: 9", "unclear"),
    (f"{THE} 1: 8 for accuracy\n{THE} 2: 9 for accuracy", "unclear"),
    (f"{THE} 1: 8, 9\n{THE} 2: 7, 6", "unclear"),
    (f"{THE} 1: 5\n{THE} 2: 6\nI correct myself.\n{THE} 1: 7-8\n{THE} 2: 9", "unclear"),
    (f"{THE} 1: 5\n{THE} 2: 6\nI correct myself.\n{THE} 1: 8, Assistant 2: 3 examples fewer", "unclear"),
    ("| Assistant 1 | 8 | 9 |\n| Assistant 2 | 7 | 6 |", "unclear"),
    # cut off
    (f"{BEFORE}{THE} 1: 8\n{THE} 2:", "cut off"),
    (f"{BEFORE}{THE} 1: 8\n{THE} 2", "cut off"),
    (f"{BEFORE}{THE} 1:", "cut off"),
    ("Assistant 1: 8/10\nAssistant 2:", "cut off"),
]  # fmt: skip


def test_the_table_is_as_large_as_it_is_said_to_be() -> None:
    assert len(READ) > 120 and len(REFUSED) > 80
    assert len({text for text, *_ in [*READ, *REFUSED]}) == len(READ) + len(REFUSED)
    assert {fault for _, fault in REFUSED} == set(get_args(Fault))


@pytest.mark.parametrize(("text", "first", "second"), READ, ids=range(len(READ)))
def test_what_a_careful_person_reads_is_read(text: str, first: float, second: float) -> None:
    assert read(text) == Scores(first, second)


@pytest.mark.parametrize(("text", "fault"), REFUSED, ids=range(len(REFUSED)))
def test_what_a_careful_person_would_ask_about_is_refused_with_the_reason(text: str, fault: Fault) -> None:
    assert read(text) == Unreadable(fault)


def test_every_reply_of_the_embedded_referee_is_read() -> None:
    prompts = Prompts(Path(lion.prompts.__file__).parent / "templates")
    answers = ["7", "", "Mia", "nonsense of a kind", f"{THE} 1: 10\n{THE} 2: 1", "8 9"]
    for number, task in enumerate(seeds(300, 11)):
        first, second = answers[number % 6], answers[number // 6 % 6]
        asked = prompts.compare(Instruction.seed(task.instruction, task.input), first, second)
        reply = expert.reply([{"role": "user", "content": asked.user}], temperature=0.7)
        stated = [float(line.rsplit(": ", 1)[1]) for line in reply.text.splitlines()[-2:]]
        assert read(reply.text) == Scores(*stated)


VALUES = st.one_of(
    st.integers(1, 10).map(float),
    st.integers(2, 20).map(lambda n: n / 2),
    st.integers(100, 1000).map(lambda n: n / 100),
)
NUMBERS = ("{}", "{}/10", "{} / 10", "{} out of 10", "**{}**", "[{}]", "<{}>", "({})", "{} points", "*{}*", "`{}`")
NAMES = ("Assistant {}", "the Assistant {}", "Assistant #{}", "AI Assistant {}", "**Assistant {}**", "assistant {}")
SAYS = ("Score of {}", "Score for {}", "**Score of {}**", "The score of {}", "{} Score", "{}'s score", "Rating of {}")
LINKS = (": ", ":", " : ", "： ", " = ", " - ", " – ", " — ", ":\u00a0", " | ", " -> ", ":** ")
FIRSTS = ("", "- ", "* ", "• ", "### ", "**", "1. ", "| ")
LASTS = ("", ".", "  ", " .", "**", "\t", " |", "\r")
PARTINGS = ("\n", "\n\n", "\r\n", ", ", "; ", " and ", ". ", " | ", "\n---\n")
OPENINGS = (
    "",
    BEFORE,
    "Assistant 2: 4 examples were given.\n",
    "- Accuracy: 3\n- Detail: 4\n",
    "I weighed both, at length.\n",
)
PROSE = st.text(alphabet=st.sampled_from("abc XYZ.,:;-!?()[]*|#\n\r\t'\"123456789/%—é语"), max_size=200)


def written(value: float) -> str:
    return f"{value:g}"


@settings(max_examples=500, deadline=None)
@given(
    opening=st.sampled_from(OPENINGS),
    wording=st.one_of(st.sampled_from(SAYS), st.just("{}")),
    name=st.sampled_from(NAMES),
    link=st.sampled_from(LINKS),
    number=st.sampled_from(NUMBERS),
    first=st.sampled_from(FIRSTS),
    last=st.sampled_from(LASTS),
    parting=st.sampled_from(PARTINGS),
    scores=st.tuples(VALUES, VALUES),
    is_swapped=st.booleans(),
    closing=st.sampled_from(["", LATER, "\nI hope that this helps!"]),
)
def test_whatever_the_wording_the_numbers_that_were_put_in_come_out(
    opening: str,
    wording: str,
    name: str,
    link: str,
    number: str,
    first: str,
    last: str,
    parting: str,
    scores: tuple[float, float],
    is_swapped: bool,
    closing: str,
) -> None:
    parts = [
        first + wording.format(name.format(which)) + link + number.format(written(score)) + last
        for which, score in enumerate(scores, 1)
    ]
    parts = parts[::-1] if is_swapped else parts
    if "\n" not in parting:
        parts = [parts[0].removesuffix(last), parts[1].removeprefix(first)]
    text = opening + parting.join(parts)
    if wording != "{}" or "10" in number:
        text += closing
    assert read(text) == Scores(*scores)


@settings(max_examples=300, deadline=None)
@given(
    scores=st.tuples(VALUES, VALUES), parting=st.sampled_from([" ", ", ", ",", "; ", " and ", "\t", "  "]), prose=PROSE
)
def test_a_first_line_with_two_values_is_read_whatever_prose_follows(
    scores: tuple[float, float], parting: str, prose: str
) -> None:
    assert read(f"{written(scores[0])}{parting}{written(scores[1])}\n\n{prose}") == Scores(*scores)


@settings(max_examples=300, deadline=None)
@given(
    prose=st.lists(st.one_of(PROSE, st.sampled_from([*OPENINGS, LATER, "Assistant 1 has 3", "assistant 1", "score"])))
)
def test_prose_that_gives_no_number_to_a_name_never_has_scores(prose: list[str]) -> None:
    text = "I compare the two. " + " ".join(prose)
    assert not isinstance(read(text), Scores)


@settings(max_examples=300, deadline=None)
@given(text=st.lists(st.sampled_from([text for text, *_ in [*READ, *REFUSED]]), max_size=4).map("\n".join))
def test_whatever_is_read_lies_between_1_and_10(text: str) -> None:
    found = read(text)
    assert isinstance(found, Unreadable) or (1 <= found.first <= 10 and 1 <= found.second <= 10)


@settings(max_examples=100, deadline=None)
@given(scores=st.tuples(VALUES, VALUES))
def test_the_names_decide_and_not_the_order(scores: tuple[float, float]) -> None:
    lines = [f"{THE} {which}: {written(score)}" for which, score in enumerate(scores, 1)]
    both = "\n".join(lines), "\n".join(reversed(lines))
    assert read(both[0]) == read(both[1]) == Scores(*scores)


FILLING = (
    "a",
    " ",
    "1",
    "1 ",
    "-",
    "- ",
    "(",
    "[",
    "|",
    "*",
    ".",
    ". ",
    ",",
    "assistant 1 ",
    "assistant 1: 8, ",
    "8 ",
    "Score of ",
)


@pytest.mark.parametrize("filling", FILLING)
@pytest.mark.parametrize("opening", ["", f"{THE} 1: ", f"{THE} 1: 8", "Assistant 1: 3", "8 9", f"{THE} 1: 8 ("])
def test_a_line_of_a_hundred_thousand_characters_takes_no_longer_than_its_length(opening: str, filling: str) -> None:
    line = opening + filling * (100_000 // len(filling))
    assert opening == "8 9" or not isinstance(read(line), Scores)
    assert read(f"{line}\n{line}\nNow then.\n{THE} 1: 8\n{THE} 2: 9") == Scores(8, 9)


def test_a_paragraph_longer_than_a_statement_is_prose() -> None:
    long = "x" * LONGEST_UNIT
    assert read(f"{THE} 1: 8 ({long})\n{THE} 2: 9") == Unreadable("single")

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
    # markup of other kinds
    (f"{THE} 1: 8<br>{THE} 2: 9", 8, 9),
    (f"<b>{THE} 1:</b> 8<br>\n<b>{THE} 2:</b> 9", 8, 9),
    (f"{THE} 1: \\boxed{{8}}\n{THE} 2: $9$", 8, 9),
    # replies that were written after the parser, to try it
    ("Score of Assistant 1: 8\nScore of Assistant 2: 9\n\n[Answer of Assistant 1]\nScore of Assistant 1: 10", 8, 9),
    ("Wit:\n- Assistant 1: 5/10\n- Assistant 2: 6/10\nOverall scores:\n- Assistant 1: 8/10\n- Assistant 2: 9/10", 8, 9),
    ("Assistant 1:\nPros: quick\nScore: 8/10\n\nAssistant 2:\nPros: right\nScore: 9/10\n\nThe second wins.", 8, 9),
    ("Assistant 1: 8/10. The answer is short.\nAssistant 2: 9/10. The answer is right.", 8, 9),
    ("In my opinion, Assistant 1 deserves a score of 8 and Assistant 2 deserves a score of 9.", 8, 9),
    (
        "Evaluation evidence: Both assistants explain it.\n\nScore of the Assistant 1: 7\n"
        "Score of the Assistant 2: 9",
        7, 9,
    ),
    (
        "Evaluation:\nAssistant 1's response is short.\nAssistant 2's response is long.\n\nScores:\n"
        "Assistant 1: 6\nAssistant 2: 8",
        6, 8,
    ),
    (
        "Based on the above evaluation, I would assign the following scores:\n\nAssistant 1: 7/10\n"
        "Assistant 2: 9/10",
        7, 9,
    ),
    (
        "**Evaluation**\n\n**Assistant 1**: clear, 3 steps.\n**Assistant 2**: detailed, 5 steps.\n\n"
        "**Scores**\n- Assistant 1: **7**\n- Assistant 2: **9**",
        7, 9,
    ),
    (
        "Final Scores:\n\n* **Assistant 1:** 7.5/10\n* **Assistant 2:** 9/10\n\n"
        "Assistant 2 wins because it is more thorough.",
        7.5, 9,
    ),
    ("Score of Assistant 1: 7\n\nScore of Assistant 2: 8\n\nReasoning: Assistant 1 has 2 mistakes.", 7, 8),
    ("Therefore, the score of the Assistant 1 is 7 and the score of the Assistant 2 is 8.", 7, 8),
    ("Assistant 1 Score: 7/10\nReason: it's ok.\nAssistant 2 Score: 8/10\nReason: it's good.", 7, 8),
    ("Assistant 1: 7 points\nAssistant 2: 8 points", 7, 8),
    ("### Final Scores\nAssistant 1: 7\nAssistant 2: 8\n\n### Explanation\nAssistant 2 is better.", 7, 8),
    ("Score of the Assistant 1: 9 \nScore of the Assistant 2: 9 \nBoth responses are accurate.", 9, 9),
    ("Overall score of Assistant 1: 8 out of 10.\nOverall score of Assistant 2: 6 out of 10.", 8, 6),
    (
        "Assistant 1:\nHelpfulness: 8/10\nRelevance: 9/10\nAccuracy: 9/10\nLevel of detail: 7/10\n"
        "Overall Score: 8.25/10\n\nAssistant 2:\nHelpfulness: 7/10\nRelevance: 9/10\nAccuracy: 9/10\n"
        "Level of detail: 6/10\nOverall Score: 7.75/10",
        8.25, 7.75,
    ),
    (
        "Assistant 1: Helpfulness: 8, Relevance: 9, Accuracy: 9, Overall: 8.5\n"
        "Assistant 2: Helpfulness: 7, Relevance: 9, Accuracy: 9, Overall: 8",
        8.5, 8,
    ),
    ("Assistant 1 (Score: 8)\nAssistant 2 (Score: 7)", 8, 7),
    ("Assistant 1 - Score: 8\nAssistant 2 - Score: 7", 8, 7),
    ("Assistant 1 — Score: 8/10\nAssistant 2 — Score: 7/10", 8, 7),
    ("Assistant 1: Score 8\nAssistant 2: Score 7", 8, 7),
    ("Assistant 1: Score: 8\nAssistant 2: Score: 7", 8, 7),
    ("Scores: Assistant 1 - 8, Assistant 2 - 7", 8, 7),
    ("Score: Assistant 1: 8; Assistant 2: 7", 8, 7),
    ("I give Assistant 1 a score of 8/10, and Assistant 2 a score of 7/10.", 8, 7),
    ("I would give Assistant 1 a 8 and Assistant 2 a 7.", 8, 7),
    ("Based on these criteria, I would rate Assistant 1 as an 8 and Assistant 2 as a 7.", 8, 7),
    ("So, Assistant 1 gets a score of 8, and Assistant 2 gets a score of 7.", 8, 7),
    ("Assistant 1 receives a score of 8 out of 10, while Assistant 2 receives a score of 7 out of 10.", 8, 7),
    (
        "Score of the Assistant 1: 8\nScore of the Assistant 2: 7\n\n"
        "Note: Both assistants were given 10 points at first.",
        8, 7,
    ),
    ("Score of the Assistant 1: 8 / Score of the Assistant 2: 7", 8, 7),
    ("Score for Assistant 1: 8 | Score for Assistant 2: 7", 8, 7),
    ("The final scores are:\nAssistant 1: 8\nAssistant 2: 7", 8, 7),
    ("Score (Assistant 1): 8\nScore (Assistant 2): 7", 8, 7),
    ("Score - Assistant 1: 8\nScore - Assistant 2: 7", 8, 7),
    ("Scores for Assistant 1: 8\nScores for Assistant 2: 7", 8, 7),
    ("Rating: Assistant 1: 8/10, Assistant 2: 7/10", 8, 7),
    (
        "| Criterion | Assistant 1 | Assistant 2 |\n|---|---|---|\n| Accuracy | 8 | 9 |\n\n"
        "**Score of Assistant 1:** 8\n**Score of Assistant 2:** 7",
        8, 7,
    ),
    ("8 7\n\nAssistant 1: 3 points were made.", 8, 7),
    ("Assistant 1 deserves 8/10 and Assistant 2 deserves 7/10.", 8, 7),
    ("Assistant 1 scored 8 and Assistant 2 scored 7.", 8, 7),
    ("The score of the Assistant 1: 8.\nThe score of the Assistant 2: 7.\n\nConfidence: 90%", 8, 7),
    ("<start output>\nEvaluation evidence: fine\nScore of Assistant 1: 8\nScore of Assistant 2: 7\n<end output>", 8, 7),
    ("Score of the Assistant 1: \"8\"\nScore of the Assistant 2: \"7\"", 8, 7),
    ("Score of the Assistant1: 8\nScore of the Assistant2: 7", 8, 7),
    ("Score of the Assistant 1: 8\nScore of the Assistant 2: 7\nTie", 8, 7),
    ("Score of the Assistant 1's answer: 8\nScore of the Assistant 2's answer: 7", 8, 7),
    ("Score of the response of Assistant 1: 8\nScore of the response of Assistant 2: 7", 8, 7),
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
    # replies that were written after the parser, to try it
    ("Output: 8 7", "absent"),
    ("Assistant 1 answered 8, Assistant 2 answered 7.", "absent"),
    ("The score of Assistant 1 should be higher than that of Assistant 2 by 2 points.", "absent"),
    ("Assistant 1 scored 8 goals and Assistant 2 scored 7 goals.", "unclear"),
    ("Assistant 1 says 8 and Assistant 2 says 7.", "absent"),
    ("Assistant 1: 8 apples\nAssistant 2: 7 apples", "absent"),
    ("Assistant 1: 1. Open the door\nAssistant 2: 2. Close it", "single"),
    ("Assistant 1: 2023\nAssistant 2: 1999", "out of range"),
    ("Assistant 1: 10%\nAssistant 2: 9%", "unclear"),
    ("Assistant 1 gives 8 tips, Assistant 2 gives 7 tips.", "absent"),
    ("Assistant 1: 3 (examples)\nAssistant 2: 4 (examples)", "absent"),
    ("Accuracy: 8 vs 9\nDetail: 7 vs 8", "absent"),
    ("Helpfulness: Assistant 1: 8, Assistant 2: 9", "absent"),
    ("Helpfulness - Assistant 1: 8/10, Assistant 2: 9/10", "absent"),
    ("Assistant 1 (Helpfulness): 8/10\nAssistant 2 (Helpfulness): 9/10", "absent"),
    ("Assistant 1 Helpfulness Score: 8/10\nAssistant 2 Helpfulness Score: 9/10", "absent"),
    ("The first one gets 8, the second 9.", "absent"),
    ("The scale goes from 1 to 10.", "absent"),
    ("Assistant 1 and 2: 8 9", "absent"),
    ("Scores for Assistant 1 and Assistant 2: 8, 9", "absent"),
    ("Assistant 1 = Assistant 2 = 8", "absent"),
    ("Assistant 1 > Assistant 2", "absent"),
    ("If Assistant 1 had cited its source, Assistant 1: 9/10, Assistant 2: 8/10 would be fair.", "absent"),
    ("I would not give Assistant 1 a score of 8 and Assistant 2 a score of 9.", "absent"),
    ("Without the mistake the scores would be: Assistant 1: 9, Assistant 2: 8", "absent"),
    ("Out of 3 criteria, Assistant 1: 2, Assistant 2: 1", "absent"),
    ("Wins:\nAssistant 1: 2\nAssistant 2: 1", "absent"),
    ("Number of mistakes:\nAssistant 1: 2\nAssistant 2: 1", "absent"),
    ("Number of mistakes\nAssistant 1: 2\nAssistant 2: 1", "absent"),
    ("Mistakes - Assistant 1: 2, Assistant 2: 1", "absent"),
    ("Assistant 1: 2 mistakes. Assistant 2: 1 mistake.", "absent"),
    ("Score of Assistant 1 < 8\nScore of Assistant 2 > 8", "absent"),
    ("Score of Assistant 1: 8-\nScore of Assistant 2: 9", "unclear"),
    ("Score of Assistant 1: 8 or so\nScore of Assistant 2: 9", "unclear"),
    ("Score of Assistant 1: 8 (or 7)\nScore of Assistant 2: 9", "unclear"),
    ("Score of the Assistant 1: 1 0\nScore of the Assistant 2: 9", "unclear"),
    ("Score of the Assistant 1: 1,0\nScore of the Assistant 2: 9", "unclear"),
    ("Score of the Assistant 1: 5/5\nScore of the Assistant 2: 4/5", "unclear"),
    ("Score of the Assistant 1: 8/10 8/10\nScore of the Assistant 2: 9", "unclear"),
    ("Score of the Assistant 1: II\nScore of the Assistant 2: 9", "unclear"),
    ("10 points go to Assistant 1, 8 points go to Assistant 2", "absent"),
    ("8 for Assistant 1 and 9 for Assistant 2.", "absent"),
    ("Example of the format:\nScore of the Assistant 1: 8\nScore of the Assistant 2: 9", "absent"),
    ("The format is \"Score of the Assistant 1: 8\nScore of the Assistant 2: 9\".", "single"),
    ("Clarity scores\nAssistant 1: 8\nAssistant 2: 9\nDepth scores\nAssistant 1: 7\nAssistant 2: 6", "absent"),
    ("1. Helpfulness\nAssistant 1: 8\nAssistant 2: 9\n2. Accuracy\nAssistant 1: 7\nAssistant 2: 6", "absent"),
    ("**Helpfulness (1-10)**\nAssistant 1: 8\nAssistant 2: 9", "absent"),
    ("Helpfulness (weight 50%):\nScore of Assistant 1: 8\nScore of Assistant 2: 9", "absent"),
    (
        "Criterion 1: Helpfulness\nScore of Assistant 1: 8\nScore of Assistant 2: 9\n"
        "Criterion 2: Accuracy\nScore of Assistant 1: 6\nScore of Assistant 2: 7",
        "absent",
    ),
    (
        "For helpfulness:\nAssistant 1: 8/10\nAssistant 2: 9/10\n\nFor relevance:\nAssistant 1: 9/10\n"
        "Assistant 2: 7/10",
        "absent",
    ),
    (
        "Helpfulness: both help.\nAssistant 1: 8/10\nAssistant 2: 9/10\n\nRelevance: both do.\n"
        "Assistant 1: 9/10\nAssistant 2: 7/10",
        "contradictory",
    ),
    ("- Assistant 1: 8 (helpfulness), 9 (accuracy)\n- Assistant 2: 7 (helpfulness), 6 (accuracy)", "absent"),
    ("Assistant 1: 8 for helpfulness\nAssistant 2: 9 for helpfulness", "absent"),
    ("Assistant 1: Accuracy 8/10\nAssistant 2: Accuracy 9/10", "absent"),
    ("Assistant 1 total: 34/40\nAssistant 2 total: 31/40", "absent"),
]  # fmt: skip

UNREAD = [  # a careful person would read these; the parser asks again
    "Assistant 1: 8 (Good)\nAssistant 2: 7 (OK)",
    '{"score_1": 8, "score_2": 7}',
    "Score of Assisstant 1: 8\nScore of Assisstant 2: 7",
    "Score of the 1st Assistant: 8\nScore of the 2nd Assistant: 7",
    "Assistant 1 - Final: 8\nAssistant 2 - Final: 9",
]


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


@pytest.mark.parametrize(
    "line", ["Assistant 1: 8\nand so on\n", "Assistant 1: 8\n", f"{THE} 1: 8\nx\n", "Accuracy:\n", "8\n"]
)
def test_a_hundred_thousand_lines_take_no_longer_than_their_number(line: str) -> None:
    assert not isinstance(read(line * (200_000 // len(line))), Scores)


def test_a_paragraph_longer_than_a_statement_is_prose() -> None:
    long = "x" * LONGEST_UNIT
    assert read(f"{THE} 1: 8 ({long})\n{THE} 2: 9") == Unreadable("single")


@pytest.mark.parametrize("text", UNREAD)
def test_what_the_parser_cannot_read_though_a_person_could_is_asked_for_again(text: str) -> None:
    assert read(text) == Unreadable("absent")

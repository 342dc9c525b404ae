"""The curriculum's small vocabulary: names and things that tasks speak of, and what may stand before and after a task.

It knows nothing about what any task asks. The lists are short on purpose: a student of a million parameters has to
learn every word that stands here.
"""

NAMES = (
    "Mia", "Tom", "Ann", "Ben", "Eva", "Leo", "Ida", "Max", "Zoe", "Sam",
    "Kim", "Ron", "Pia", "Jan", "Lea", "Tim", "Una", "Vic", "Gus", "Nia",
)  # fmt: skip
THINGS = (
    "stamps", "coins", "shells", "books", "cards", "beads", "pens", "cups", "buttons", "marbles",
    "apples", "plums", "keys", "stones", "badges", "tickets",
)  # fmt: skip
PLACES = ("school", "market", "library", "club", "garden", "kitchen", "station", "office", "farm", "museum")
WORDS = (
    "apple", "bear", "cat", "dog", "egg", "fish", "goat", "hat", "ink", "jam", "king", "lamp", "moon", "nest",
    "oak", "pear", "queen", "ring", "sun", "tree", "urn", "van", "wolf", "yarn", "zebra", "bell", "cake", "drum",
    "fork", "gate", "hill", "iron", "kite", "leaf", "milk", "nut", "owl", "pot", "rose", "ship", "tent", "vase",
)  # fmt: skip
COLOURS = (
    "red", "blue", "green", "yellow", "white", "black", "brown", "grey", "pink", "golden",
    "orange", "purple", "silver", "violet",
)  # fmt: skip
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")

FILLERS = {
    "name": NAMES,
    "friend": NAMES,
    "things": THINGS,
    "place": PLACES,
    "colour": COLOURS,
}
"""What a wording may mention without its mattering to the answer."""

OPENERS = (
    "[Please help|Do help] {name} with this.",
    "{name} from the {place} wants to know.",
    "Here is a [small|short|little] puzzle [for you|for {name}|about the {colour} {place}].",
    "A [quick|short] question from {friend}.",
    "{name} and {friend} cannot agree on this.",
    "This came up at the {place} [today|last week|again].",
    "[Think|Look] carefully before you speak.",
    "My {colour} notebook has this on page one.",
    "[Hello|Hi|Good morning], I need [some|a little] help.",
    "I was asked this by {name} [at the {place}|in the {place}].",
    "It is homework for {name}.",
    "One more for the {colour} team.",
    "[Try|Solve] this while we wait at the {place}.",
    "{friend} is writing a test for the {place}.",
    "We play a game in the {place}.",
    "Nobody at the {place} knew this.",
    "For a {colour} prize!",
    "Read this [slowly|twice|with care].",
)
CLOSERS = (
    "[Give|Write|Send] the answer alone.",
    "[No|Without] explanation, please.",
    "[Keep|Make] it short.",
    "{name} is waiting for your reply.",
    "Thank you [very much|in advance|from {name}].",
    "Tell {name} the result [please|now|only].",
    "One line is enough.",
    "Do not show your [steps|work].",
    "It matters for the {colour} club.",
    "Then {friend} can go to the {place}.",
    "[Take|You have] as long as you need.",
    "I will check it with {friend}.",
    "Answer as [briefly|plainly] as you can.",
    "[Reply|Respond] for the {place} board.",
    "{name} bets you know it.",
    "Be exact.",
)
BASE_OPENERS = (
    "From a book of [exercises|puzzles].",
    "Exercise [for|by] {name}.",
    "Said in the {place}:",
    "Notes of {name}, {colour} page.",
    "A test at the {place} went like this.",
    "{name} learned it from {friend} [today|last week].",
    "Next problem.",
    "Homework of the {colour} [team|club].",
    "{name} needs help.",
    "A game for {name} and {friend}.",
    "[Read|Think|Look], then speak.",
)
BASE_CLOSERS = (
    "See the {colour} page.",
    "So it was asked at the {place}.",
    "{name} wrote it down.",
    "This is for {friend}.",
    "Short form.",
    "[Only|Just] the [answer|result].",
    "{name} waits at the {place}.",
    "Thanks to {name}.",
    "No [steps|words] are needed.",
)

"""The words of gen_runbooks.py: depots, devices, sections with their sentences and questions."""

DEPOTS = {"A": "Aldmouth", "B": "Brackwater", "C": "Crayford", "D": "Dunmere", "E": "Eastholm", "F": "Farsound"}
DEVICES = (
    "label printer|dock scale|belt conveyor|cold room|ferry gate|route board|hand scanner|parcel locker"
    "|forklift charger|night alarm|sorting robot|customs desk|returns shelf|hazmat cage|time clock|weather mast"
    "|payment terminal|yard crane|sprinkler valve|radio repeater|tail lift|barcode portal|pallet wrapper|badge reader"
    "|dock leveller|backup generator|tide gauge|waste press"
).split("|")
ROLES = (
    "shift lead|harbour master|duty engineer|safety warden|yard supervisor|stock keeper|night porter|fleet planner"
).split("|")
FIRMS = "Norling Service|Pell and Sons|Quayside Technics|Ostrander Works|Vantry Repairs|Mirelle Brothers".split("|")
CAUSES = (
    "the lower sensor is dirty|the feed has run empty|the inner door stands ajar|the main fuse has tripped"
    "|the drive belt is worn|the link to the server is lost|the oil is too cold|the emergency stop is pressed"
).split("|")
CLEANERS = "warm water|dry compressed air|a lint-free cloth|white vinegar|mild soap|isopropyl alcohol".split("|")
BOOKS = "red logbook|duty ledger|fault register|handover sheet|blue binder|incident board".split("|")
PARTS = "fuses|rollers|batteries|gaskets|lamps|filters".split("|")
STANDBYS = "hand cart|paper forms|spare trailer|mobile unit|manual winch|second counter".split("|")


def number(low, high, step=1):
    return lambda choose: str(choose(range(low, high + 1, step)))


def of(items):
    return lambda choose: choose(items)


# Section: what {v} is, the sentence that holds the answer, the answer, and ways to ask for it.
# {d} is the device, {t} the town, {w} a second value.
SECTIONS_KNOWN = {
    "Restart": (
        number(3, 45),
        "To restart the {d} at {t}, hold the green button for {v} seconds.",
        "{v} seconds",
        (
            "For how many seconds is the button held to restart the {d} at {t}?",
            "How long do I hold the button to restart the {d} in {t}?",
        ),
    ),
    "Load": (
        number(40, 2400, 20),
        "The {d} at {t} carries a load of at most {v} kilograms.",
        "{v} kilograms",
        ("What load does the {d} at {t} carry at most?", "How many kilograms may the {d} in {t} carry?"),
    ),
    "Escalation": (
        number(2100, 9899),
        "When the {d} at {t} stays down, call extension {v} and ask for the {w}.",
        "extension {v}",
        (
            "Which extension do I call when the {d} at {t} stays down?",
            "The {d} in {t} stays down: which extension should I call?",
        ),
    ),
    "Service": (
        of(FIRMS),
        "The {d} at {t} is serviced by {v}, who answer for all repairs.",
        "{v}",
        ("Who is the {d} at {t} serviced by?", "Which firm has serviced the {d} in {t}?"),
    ),
    "Spare parts": (
        number(11, 98),
        "Spare parts for the {d} at {t} lie in cabinet K-{v}, behind the {w}'s desk.",
        "cabinet K-{v}",
        (
            "In which cabinet do spare parts for the {d} at {t} lie?",
            "Which cabinet has spare parts for the {d} in {t}?",
        ),
    ),
    "Fault codes": (
        of(CAUSES),
        "A blinking fault lamp on the {d} at {t} means that {v}.",
        "{v}",
        (
            "What does a blinking fault lamp on the {d} at {t} mean?",
            "The fault lamp of the {d} in {t} is blinking: what does it mean?",
        ),
    ),
    "Keys": (
        of(ROLES),
        "The key that unlocks the {d} at {t} is held by the {v} alone.",
        "the {v}",
        ("Who holds the key that unlocks the {d} at {t}?", "By whom is the key of the {d} in {t} held?"),
    ),
    "Storm": (
        number(6, 11),
        "Before a storm the {d} at {t} is switched off at wind force {v}.",
        "wind force {v}",
        (
            "At which wind force is the {d} at {t} switched off before a storm?",
            "Storm warning: from which wind force is the {d} in {t} switched off?",
        ),
    ),
    "Cleaning": (
        of(CLEANERS),
        "Clean the surface of the {d} at {t} with {v} and nothing else.",
        "{v}",
        ("With what do I clean the surface of the {d} at {t}?", "What does one clean the {d} in {t} with?"),
    ),
    "Records": (
        of(BOOKS),
        "Enter every stop of the {d} at {t} in the {v} before the shift ends.",
        "the {v}",
        ("Where do I enter a stop of the {d} at {t}?", "In what do we enter every stop of the {d} in {t}?"),
    ),
    "Cold start": (
        number(4, 55),
        "After a cold start the {d} at {t} needs {v} minutes to warm up.",
        "{v} minutes",
        (
            "How many minutes does the {d} at {t} need to warm up after a cold start?",
            "How long must the {d} in {t} warm up after a cold start?",
        ),
    ),
    "Standby": (
        of(STANDBYS),
        "If the {d} at {t} fails during a shift, the {v} takes its place.",
        "the {v}",
        (
            "What takes its place if the {d} at {t} fails during a shift?",
            "The {d} in {t} fails in the middle of a shift: what takes its place?",
        ),
    ),
}

# What the runbook of a device says of the same device elsewhere: it draws a search to the wrong page.
ELSEWHERE = {
    "Restart": "how to restart it and how long to hold the button",
    "Load": "what load it may carry at most",
    "Escalation": "which extension to call when it stays down",
    "Service": "which firm it is serviced by",
    "Spare parts": "in which cabinet spare parts lie",
    "Fault codes": "what a blinking fault lamp means",
    "Keys": "who holds the key that unlocks it",
    "Storm": "the wind force at which it is switched off before a storm",
    "Cleaning": "what to clean its surface with",
    "Records": "where to enter every stop",
    "Cold start": "how long it needs to warm up after a cold start",
    "Standby": "what takes its place if it fails during a shift",
}

NOISE = (
    "Read this section to its end before you touch anything.",
    "Wear gloves and the yellow vest, also when it is only for a moment.",
    "Tell your neighbour on the line what you are about to do.",
    "A colleague from another depot may have other habits; here this page counts.",
    "Photographs are welcome, guesses are not.",
    "Do not work on it alone after dark.",
    "Keep the passage free for the carts while you work.",
    "If a visitor asks, send them to the front office.",
    "The drawing on the wall is out of date and will be replaced.",
    "Take the time that it takes, since haste has cost us more than patience.",
    "Put tools back where they were, clean and dry.",
    "New staff watch twice before they do it themselves.",
    "When in doubt, stop and look for help.",
    "Noise is normal, smoke is not.",
    "The older model behaved differently, so forget what you learned on it.",
    "Children of customers must stay behind the line.",
    "Rain gets in under the roof here, so look at the floor first.",
    "Parcels that wait meanwhile go to the buffer zone, heavy ones below.",
    "Say so on the radio when you begin and when you are done.",
    "This has been asked often, hence the section.",
    "There is no shame in reading it aloud.",
    "Sign with your full name, initials have led to confusion.",
    "Ask for a second pair of eyes when the ferry is due.",
    "Leave the cover open for a while, it dries better.",
)
TEAMS = "harbor|parcels|dispatch|deskmate".split("|")

# Each has at most three words in common with a runbook's sentences: those that name device and town.
NOWHERE = (
    "Which artist painted the mural next to the {d} at {t}, and in what year?",
    "How much did the purchase of the {d} at {t} cost in euros, taxes included?",
    "What colour will the new housing of the {d} at {t} get next spring?",
    "How many litres of coffee does the crew near the {d} at {t} drink a week?",
    "Which university studied the energy consumption of the {d} at {t} in its thesis?",
    "What was the name of the inventor whose patent covers the {d} at {t}?",
    "Which football club sponsors the team that polishes the {d} at {t} on Sundays?",
    "How far is the nearest bakery on foot from the {d} at {t}, in metres?",
    "Which insurance policy number covers vandalism against the {d} at {t}?",
    "What software licence applies to the firmware inside the {d} at {t}?",
    "Who won the company's chess tournament beside the {d} at {t} in summer?",
    "Which museum wants to exhibit the retired {d} from {t} next autumn?",
)

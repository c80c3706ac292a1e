"""The codes of the project file and of the decision guide: each kind of finding, why it matters, what to do.

Engines bring codes of their own beside these (``Engine.codes``). ``docs/findings.md`` is made of both by
``docs/findings_page.py``. Codes of one theme stand in ``edl/*_codes.py``; every such module is found here.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

import edl
from edl.findings import Code, Severity

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

# Reading the file

FILE_MISSING = Code(
    "file-missing",
    ERROR,
    "The project names a file that is not there.",
    "Correct the name, or put the file there. Names count from the folder of the project file.",
)
FILE_UNREADABLE = Code(
    "file-unreadable",
    ERROR,
    "The file is there but cannot be read.",
    "Check that the file is not empty and that you may read it.",
)
PATH_LEAVES = Code(
    "path-leaves",
    ERROR,
    "A project may only use files of its own folder, so that a project from a stranger cannot read yours.",
    "Copy the file into the project's folder, or allow its folder on the command line or in your settings.",
)
PATH_ODD = Code(
    "path-odd",
    ERROR,
    "The name is not that of a plain file: programs would take it for an address, a pattern or a device.",
    "Give the name of a file inside the project's folder, such as assets/host.jpg.",
)
YAML_BROKEN = Code(
    "yaml-broken",
    ERROR,
    "The file is not readable as YAML, so nothing below this line is understood.",
    "Compare the line with the examples in docs/project-file.md; spaces at the start of a line and quotes matter.",
)
YAML_TAB = Code(
    "yaml-tab",
    ERROR,
    "YAML shows what belongs to what by spaces at the start of a line; tabs are not allowed there.",
    "Replace the tab by spaces; most editors have a command for it.",
)
YAML_UNSUPPORTED = Code(
    "yaml-unsupported",
    ERROR,
    "This part of YAML is not used in project files.",
    "Write it out plainly.",
)
YAML_TWICE = Code(
    "yaml-twice",
    ERROR,
    "The same key stands twice in one place, and only one of the two could count.",
    "Keep one of the two lines.",
)
YAML_TOO_LARGE = Code(
    "yaml-too-large",
    ERROR,
    "The file is larger or more deeply nested than any project; most likely something was pasted by mistake.",
    "Split it with include:, or take out what does not belong there.",
)
NOT_TEXT = Code(
    "not-text",
    ERROR,
    "A project file is plain text in UTF-8.",
    "Save the file again as plain text with the encoding UTF-8.",
)
PROJECT_EMPTY = Code(
    "project-empty",
    ERROR,
    "The file says nothing.",
    "Start from an example: cutaway init FOLDER makes a project that renders at once.",
)
INCLUDE_CYCLE = Code(
    "include-cycle",
    ERROR,
    "A file includes itself, directly or by way of others, and would never end.",
    "Take out one of the include lines.",
)
VAR_UNKNOWN = Code(
    "var-unknown",
    ERROR,
    "The text uses a variable that is not under vars:.",
    "Add it under vars:, or write $${ where you mean the characters ${ themselves.",
)
VAR_WRONG = Code(
    "var-wrong",
    ERROR,
    "Variables stand for one piece of text or one number.",
    "Write it as name: value under vars:, and use it as ${name}.",
)
KEY_UNKNOWN = Code(
    "key-unknown",
    ERROR,
    "A key that nobody reads would be ignored, and the film would not be what you asked for.",
    "Correct the spelling or take the key out; docs/project-file.md lists all keys.",
)
KEY_MISSING = Code(
    "key-missing",
    ERROR,
    "Without this key it cannot be made.",
    "Add the key; docs/project-file.md shows an example.",
)
VALUE_WRONG = Code(
    "value-wrong",
    ERROR,
    "The value is not one that this key takes.",
    "Write the value as described; docs/project-file.md shows an example.",
)
KIND_UNKNOWN = Code(
    "kind-unknown",
    ERROR,
    "The key that holds the segment's name says what the segment is.",
    "Start the segment with one of: talk, narrate, cutaway, loop, clip, title.",
)
TWO_KINDS = Code(
    "two-kinds",
    ERROR,
    "A segment is one thing: its kind decides what it may say and what makes it.",
    "Make two segments of it, each starting with its own dash.",
)

# What the parts of a project say about one another

ID_TWICE = Code(
    "id-twice",
    ERROR,
    "Segments are told apart by their names: in over:, in your picks, on the command line.",
    "Rename one of the two.",
)
WHO_UNKNOWN = Code(
    "who-unknown",
    ERROR,
    "The voice and the face come from the cast.",
    "Correct the name, or add the person under cast:.",
)
PORTRAIT_MISSING = Code(
    "portrait-missing",
    ERROR,
    "A person who is seen needs a still of the face.",
    "Add portrait: to the person under cast:. For a voice without a face, use narrate instead of talk.",
)
SPEECH_MISSING = Code(
    "speech-missing",
    ERROR,
    "There is nothing to speak.",
    "Add say: with the text, or audio: with a recording.",
)
SPEECH_NEEDS_ANIMATOR = Code(
    "speech-needs-animator",
    ERROR,
    "Speech needs an animator. An engine that makes shots of a still and a prompt moves lips without hearing the "
    "words: they would not be in sync, and the face would change.",
    "Make it a talk (with who:), or keep the shot silent and lay it over a talk or narration with over:.",
)
SPEECH_OVER = Code(
    "speech-over",
    ERROR,
    "What lies over a segment that speaks replaces its picture only: two voices at once would not be understood.",
    "Take over: out, so that it is spoken after the other segment; or lay the other one over this one. Only a talk may "
    "lie over another segment, where nobody speaks.",
)
OVER_UNKNOWN = Code(
    "over-unknown",
    ERROR,
    "A segment can only lie over one that exists.",
    "Correct the name after over:.",
)
OVER_OVERLAY = Code(
    "over-overlay",
    ERROR,
    "A segment that lies over another has no place of its own in the film, so nothing can lie over it.",
    "Lay both over the same segment, one after the other, using from: and duration:.",
)
FROM_WITHOUT_OVER = Code(
    "from-without-over",
    ERROR,
    "from: says where in another segment this one starts; without over: there is no other segment.",
    "Add over: with the name of that segment, or take from: out.",
)
DURATION_MISSING = Code(
    "duration-missing",
    ERROR,
    "Nothing else says how long it shows.",
    "Add a duration such as 3s, or lay it over another segment with over:.",
)
DURATION_FIXED = Code(
    "duration-fixed",
    ERROR,
    "A spoken segment lasts as long as its voice; a second length would contradict it.",
    "Take duration: out. For stillness round the voice, use before: and after:.",
)
LOOP_SOURCE = Code(
    "loop-source",
    ERROR,
    "A loop brings one still to life.",
    "Name either who: (a person of the cast) or image: (a file), not both.",
)
LOWER_THIRD_BARE = Code(
    "lower-third-bare",
    ERROR,
    "A lower third is drawn over the picture of another segment.",
    "Add over: with the name of that segment, or take style: out to get a card that fills the picture.",
)
SPINE_EMPTY = Code(
    "spine-empty",
    ERROR,
    "Segments with over: lie over others; without one that stands by itself there is no film to lie over.",
    "Take over: out of at least one segment.",
)
NO_TRANSCRIPT = Code(
    "no-transcript",
    ERROR,
    "A word can only be found where the text is written down.",
    "Add say: with the transcript to the segment underneath, or give from: a time such as 1.5s.",
)
NO_WORD = Code(
    "no-word",
    ERROR,
    "The start hangs on a word that is not said.",
    "Use a word of the text as it is written there, or give from: a time such as 1.5s.",
)
MANY_WORDS = Code(
    "many-words",
    ERROR,
    "The start hangs on a word that is said several times.",
    "Add nth: (1 is the first), or use a longer phrase.",
)
RELEASE_MISSING = Code(
    "release-missing",
    ERROR,
    "Commercial use of somebody's face needs their permission on record.",
    "Add release: with a file that says whose face and voice this is and who allowed its use; or set use: private.",
)
NAME_TWICE = Code(
    "name-twice",
    ERROR,
    "Two masters of the same name would be written to the same file.",
    "Rename one of the variants.",
)
ALLOW_UNKNOWN = Code(
    "allow-unknown",
    ERROR,
    "allow: lets findings pass by their code, and this is not a code, so it would let nothing pass.",
    "Use a code as cutaway check prints it; docs/findings.md lists them.",
)
NARRATION_BARE = Code(
    "narration-bare",
    WARNING,
    "A narration has no picture of its own: where nothing fills the screen while it is spoken, that stays black.",
    "Lay a cutaway, a loop or a clip over all of it with over:.",
)

# Where things lie in time

OVERLAY_TOO_LONG = Code(
    "overlay-too-long",
    ERROR,
    "What lies over a segment must end with it.",
    "Shorten duration:, start earlier, or leave duration: out: then it shows until that segment ends.",
)
OVERLAY_OUTSIDE = Code(
    "overlay-outside",
    ERROR,
    "What lies over a segment must start while it shows.",
    "Correct from: so that it starts inside the segment underneath.",
)
OVERLAYS_COLLIDE = Code(
    "overlays-collide",
    ERROR,
    "Two segments lie over another at the same moment, and only one can be seen.",
    "Shorten the first with duration:, or start the second later.",
)

# Which engine for what

ENGINE_UNKNOWN = Code(
    "engine-unknown",
    ERROR,
    "There is no engine of that name.",
    "Correct the name; cutaway engines lists all.",
)
ENGINE_UNFIT = Code(
    "engine-unfit",
    ERROR,
    "The engine does not make this kind of segment.",
    "Choose another engine; cutaway engines lists what each makes.",
)
ENGINE_MISSING = Code(
    "engine-missing",
    WARNING,
    "The engine needs something that is not installed here, so nothing that it makes can be rendered on this machine.",
    "Install what is named, render on another machine, or choose another engine; cutaway doctor says more.",
)
PARAM_UNKNOWN = Code(
    "param-unknown",
    ERROR,
    "The engine has no setting of that name.",
    "Correct the spelling; cutaway engines NAME lists the settings.",
)
PARAM_MISPLACED = Code(
    "param-misplaced",
    ERROR,
    "What a key of the segment or of the project says is not said again as a setting, which would silently replace it.",
    "Write it as a key of the segment itself (pronounce: of the project or the person), and take it out here.",
)
PARAM_WRONG = Code(
    "param-wrong",
    ERROR,
    "The engine cannot use this value.",
    "Correct the value; cutaway engines NAME says what each setting takes.",
)
CONTROL_UNSUPPORTED = Code(
    "control-unsupported",
    ERROR,
    "The engine has no such control, so it would be ignored.",
    "Take it out, or choose an engine that has it; cutaway engines lists them.",
)
ANIMATOR_CANNOT_MOVE = Code(
    "animator-cannot-move",
    ERROR,
    "An animator moves a face and nothing else: it never invents what the still does not show.",
    "Take the camera move or action out, or make the shot a cutaway and lay it over the talk.",
)
CANNOT_LOOP = Code(
    "cannot-loop",
    ERROR,
    "The engine cannot lead the last frame into the first; the loop would jump.",
    "Choose an engine that makes loops, such as an animator.",
)
MASK_UNSUPPORTED = Code(
    "mask-unsupported",
    ERROR,
    "The engine takes no mask, so all of the picture would move.",
    "Take the mask out, or choose an engine that takes masks.",
)
STAND_IN = Code(
    "stand-in",
    NOTE,
    "An engine that works on this machine alone stands in for a generative one.",
    "Name an image-to-video engine under engines: for a generated shot.",
)
TAKE_SINGLE = Code(
    "take-single",
    WARNING,
    "A generative engine gives another result at every run; the first one is rarely the best.",
    "Set takes: to 3 to 5, and choose with cutaway pick.",
)
SHOT_TOO_LONG = Code(
    "shot-too-long",
    WARNING,
    "Generated shots drift: after a few seconds shapes melt and colours wander. It is made as several shots.",
    "Shorten it, or use several stills with a cut between them.",
)
CHAIN_LONG = Code(
    "chain-long",
    WARNING,
    "In a chain each part starts from the last frame of the one before, so errors add up.",
    "Use at most two parts, or join: cut.",
)
FACE_IN_SHOT = Code(
    "face-in-shot",
    WARNING,
    "Engines that invent motion change faces: features morph after a few seconds.",
    "Use an animator for the person (talk or loop), condition more strongly on the image, or pick a still without "
    "a face.",
)
TALK_SPLIT = Code(
    "talk-split",
    NOTE,
    "The talk is longer than its engine stays in sync. It is split at pauses and joined on exact frames.",
    "Nothing to do; shorter talks with cutaways between them hold attention better.",
)
_THEMES = [
    import_module(f"edl.{found.name}") for found in pkgutil.iter_modules(edl.__path__) if found.name.endswith("_codes")
]
CODES: dict[str, Code] = {
    code.name: code
    for code in (*globals().values(), *(value for theme in _THEMES for value in vars(theme).values()))
    if isinstance(code, Code)
}

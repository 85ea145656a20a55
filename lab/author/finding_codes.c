/* What lint can find: a row a code, by their numbers. docs/lint.md explains each with an example. */

#include <stdlib.h>

#include "author/finding.h"

static const struct finding_code codes[] = {
    /* ---- the course's files ---- */
    {"E001", "format-fault", "A file of the course does not keep its format.",
     "correct the file; docs/format.md has every field"},
    {"E002", "look-alike-letter", "A letter of another script stands where an ASCII letter is meant.",
     "type the word again"},
    {"N003", "in-no-track", "No track has the exercise, so learners find it by its id alone.",
     "name it in the module of a track where it belongs"},

    /* ---- what exercise.yaml says ---- */
    {"E101", "nothing-decisive", "No check with points is decisive.",
     "mark the checks that the untouched start must not pass with decisive: true"},
    {"E102", "plain-checks-heavy", "Checks that the start may pass give 40 % of the points or more.",
     "make more checks decisive, or give the others fewer points"},
    {"W103", "points-outside-band", "The sum of the points does not fit the difficulty.",
     "change the points, or the difficulty: 1 has 40 to 60, 2 has 50 to 80, 3 has 80 to 100"},
    {"W104", "minutes-outside-band", "The minutes do not fit the difficulty.",
     "change the minutes, or the difficulty: 1 has 10 to 40, 2 has 25 to 60, 3 has 40 to 240"},
    {"W105", "long-title", "A title is too long for a line of a table.", "say it in at most 60 columns"},
    {"W106", "long-objective", "The objective is too long to be read at a glance.", "say it in at most 160 columns"},
    {"N107", "need-without-points", "A check needs one that gives no points.",
     "give the needed check points, or let both look at the work by themselves"},
    {"W108", "need-of-hidden-check", "A check that shows its failures needs one that hides them.",
     "hide both, or neither"},
    {"W109", "hint-twice", "A check gives the same hint twice for the same reason.", "take one of them out"},
    {"N110", "no-hint", "Neither the check nor the exercise has a hint.",
     "add one that says where to look, below the check or below the exercise"},
    {"E111", "nothing-to-choose", "No option of a question is right, or every one is.",
     "mark the right one with right: true"},
    {"E112", "option-twice", "Two options of a question say the same.", "take one of them out"},
    {"W113", "no-feedback", "A wrong answer to a question is told no more than that it is wrong.",
     "say in feedback: what the mistake is, and not what is right"},
    {"W114", "answer-in-lesson", "The right answer to a question stands in the lesson, word for word.",
     "let the learner find it: say it in other words, or ask for what follows from it"},
    {"W115", "unknown-skill", "The course's table of skills lacks one that the exercise names.",
     "correct the id, or add the skill to exercises/shared/skills.yaml"},
    {"N116", "plain-needs-decisive", "A check that the start may pass needs one that it may not pass.",
     "mark it with decisive: true as well, or let it look at the work by itself"},
    {"W117", "unlisted-tool", "A check names a tool that the exercise does not list.",
     "write it into requires.tools, where learners and lab fetch look"},

    /* ---- what proves it ---- */
    {"E201", "no-solution", "The exercise has no solution.", "put the files of a right solution into solution/"},
    {"E202", "no-wrong-variant", "The exercise has no wrong variant.",
     "write wrong/NAME/ with the files that are wrong, and a wrong.yaml that says which checks fail"},
    {"E203", "unproved-check", "No wrong variant fails the check.",
     "write a wrong variant that this check must catch, and name the check in its fails:"},
    {"E204", "unseen-reason", "A wrong variant expects a reason or message of hidden checks alone, which give none.",
     "leave reason and message out, or name a check that is not hidden"},
    {"E205", "wrong-is-right", "A wrong variant does not differ from the solution.",
     "make the mistake that why: describes in the variant's files"},
    {"E206", "fails-though-blocked", "A wrong variant names a check that is blocked by another that it names.",
     "name only those that fail first; what needs them is blocked"},
    {"W207", "protected-work", "A solution or wrong variant has a file that is restored before checking.",
     "take the file out of the variant, or its pattern out of protected:"},
    {"E208", "solution-is-start", "A solution does not differ from the start.", "put the files that solve it there"},

    /* ---- its files ---- */
    {"E301", "symbolic-link", "A symbolic link.", "put a copy of the file there"},
    {"E302", "special-file", "Neither a file nor a folder, or a file that cannot be read.",
     "take it out of the course"},
    {"W303", "large-file", "A file above 200 kB.", "make it smaller, or let a generator make it"},
    {"W304", "crlf", "Lines end with CR LF.", "save it with LF: sed -i 's/\\r$//' FILE"},
    {"W305", "script-not-executable", "A script with #! may not be executed.",
     "chmod +x FILE, or take the #! line out"},
    {"W306", "data-executable", "A file that is no program may be executed.", "chmod -x FILE"},
    {"W307", "not-utf8", "A text that is not UTF-8.", "save it as UTF-8: iconv -f LATIN1 -t UTF-8"},
    {"W308", "byte-code", "Byte code that Python left behind.",
     "delete it, and keep __pycache__/ out of the repository"},
    {"W309", "left-behind", "A backup of an editor, or the leavings of a merge.", "delete it"},
    {"W310", "stray-entry", "Something that lab does not read in an exercise's folder.",
     "rename it, or move it into start/, private/, solution/ or wrong/"},
    {"E311", "too-many-files", "More entries, or deeper folders, than an exercise may have.",
     "keep below 20000 entries and 64 folders deep; let a generator make what is large"},
    {"E312", "bad-name", "A file with a name that no workspace can have.",
     "rename it: no .git, no control characters, valid UTF-8"},
    {"E313", "missing-part", "The lesson, the start or the checker is missing.", "add it"},

    /* ---- what leaks ---- */
    {"E401", "solution-in-start", "Lines of the solution stand in another file of the start.",
     "take them out of the start"},
    {"E402", "solution-in-lesson", "Lines of the solution, which the start has not, stand in the lesson.",
     "say in words what is to be done"},
    {"W403", "private-lines", "Lines of a private file stand in the start or in the lesson.",
     "take them out, or put what both need into exercises/shared/"},
    {"W404", "private-name", "The start or the lesson names a private file.", "take the name out"},

    /* ---- the lesson ---- */
    {"E501", "dead-link", "A link of the lesson leads to no file of the workspace.",
     "name a file of start/ or a tool, as seen from the workspace"},
    {"E502", "dead-anchor", "A link of the lesson leads to no heading.",
     "name a heading: lower case, dashes for spaces, no punctuation"},
    {"W503", "odd-address", "A link that is no http or https address.", "write the whole address: https://host/path"},
    {"W504", "no-alt-text", "A picture without words for those who cannot see it.",
     "write them: ![what it shows](file)"},
    {"W505", "heading-order", "The headings are out of order.",
     "one # first, then ## and ### without leaving out a level"},
    {"W506", "table-columns", "A row of a table has not as many cells as its heading.",
     "count the bars; one that belongs to a cell is written \\|, in code too"},
    {"N507", "no-language", "A code block does not say its language.",
     "write it behind the fence: ```sh, ```json, ```text"},
    {"E508", "open-fence", "A code block has no end.", "close it with a fence as long as its first"},
    {"E509", "broken-command", "The commands of a code block cannot be read by a shell.",
     "close what is open, or call the block text when it is no script"},
    {"W510", "prompt-in-script", "A script of the lesson has prompts.",
     "take the $ out, or call the block console when it shows output too"},
    {"N511", "wide-console", "A line of a console is wider than a terminal.", "break it at 100 columns"},
    {"E512", "unreadable-lesson", "The lesson is too large or too intricate to be read.",
     "keep it below 200 kB, and plain"},
    {"W514", "link-into-exercise", "A link of the lesson leads to a file that learners do not get.",
     "name the file as the workspace has it: what lies in start/ lies at its top"},

    /* ---- environments ---- */
    {"E601", "not-pinned", "A line of requirements.lock is not pinned to one version.",
     "lock again: exercises/environments/README.md has the command"},
    {"E602", "no-hash", "A line of requirements.lock has no hash.",
     "lock again with --generate-hashes: exercises/environments/README.md has the command"},
    {"E603", "wanted-not-locked", "requirements.in names a package that the lock has not.",
     "lock again: exercises/environments/README.md has the command"},
    {"W604", "index-address", "requirements.lock names the address of an index.",
     "lock again with --no-emit-index-url"},
    {"N605", "unused-environment", "No exercise uses the environment, and no service.",
     "take it out, or name it in requires: {python: …} or x-lab: {python: …}"},
    {"E606", "half-environment", "An environment lacks requirements.in or requirements.lock, or one cannot be read.",
     "write what is wanted into requirements.in and lock it"},

    /* ---- the checker ---- */
    {"E701", "checker-does-not-load", "checker.lua cannot be loaded.", "mend the line that is named"},
    {"E702", "check-without-function", "A check of exercise.yaml has no function in checker.lua.",
     "write checks[\"ID\"] = function(t) … end"},
    {"E703", "function-without-check", "A function of checker.lua is no check of exercise.yaml.",
     "add the check to exercise.yaml, or take the function out"},
    {"N704", "checker-needs-data",
     "checker.lua stops while it is loaded, after it asked for hidden data, which lint does not make.",
     "make hidden data inside the checks, or see what lab author test says"},
    {"E705", "asserts-nothing", "A check expects nothing.", "expect something: expect(…), run:ok(), t:score(…)"},
    {"E706", "hint-never-given", "A hint waits for a reason that its check does not give.",
     "give the reason with :because(\"CODE\"), or correct the hint's when:"},
    {"W707", "reason-without-hint", "A check gives a reason for which no hint waits.",
     "add a hint with when: CODE to the check"},
    {"W708", "name-not-told", "A check demands a name that neither the lesson nor a text of the start tells.",
     "write it into start/contract.md"},
    {"E709", "missing-material", "private() or shared() names a file that is not there.",
     "add the file, or correct its name"},
    {"E710", "wrong-reason-never-given", "A wrong variant expects a reason that its checks do not give.",
     "correct reason:, or give it with :because(\"CODE\")"},
    {"E711", "lua-syntax", "checker.lua is not Lua.", "mend the line; what comes before it may be left open"},
    {"E712", "unknown-name", "A name that neither Lua nor the API has.",
     "correct it; docs/checker-reference.md has them all"},
    {"E713", "global-assigned", "A global is assigned, or a part of the API.", "write local before it"},
    {"E714", "unknown-field", "A field that a part of the API has not.",
     "correct it; docs/checker-reference.md has them all"},
    {"E715", "unknown-method", "A method that its value has not.",
     "correct it; docs/checker-reference.md has them all"},
    {"E716", "unknown-option", "An option that a call does not take.",
     "correct it; docs/checker-reference.md has them all"},
    {"E717", "forbidden", "A part of Lua that checkers do not have.", "use what the API has instead"},
    {"W718", "unused-local", "A local variable that nothing reads.", "take it out, or begin its name with _"},
    {"W719", "unused-parameter", "A parameter that nothing reads.", "take it out, or begin its name with _"},
    {"W720", "shadowed-local", "A local variable that hides another.", "give it a name of its own"},
    {"W721", "unused-label", "A label that no goto names.", "take it out"},
    {"W722", "unreachable", "Code that is never reached.", "take it out, or move it up"},
    {"W723", "dropped-value", "A call that only answers, and whose answer nobody takes.",
     "use the answer: expect(…) with a matcher, or a local"},
    {"E724", "nan-compared", "A comparison with NaN, which is never equal.", "write x ~= x to see whether x is NaN"},
    {"W725", "empty-branch", "A branch with nothing in it.", "take it out, or turn the condition round"},
    {"E726", "check-twice", "Two functions of one check.", "take one of them out"},
    {"E727", "need-not-declared", "A check reads the value of one that it does not need.",
     "add it to the check's needs:"},
};

static int by_code(const void *key, const void *row) {
    const char *code = key;
    const struct finding_code *known = row;
    int order = strcmp(code + 1, known->code + 1);
    return order ? order : code[0] - known->code[0];
}

const struct finding_code *finding_code(const char *code) {
    return bsearch(code, codes, LENGTH(codes), sizeof *codes, by_code);
}

const struct finding_code *finding_codes(size_t *count) {
    *count = LENGTH(codes);
    return codes;
}

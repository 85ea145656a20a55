/* Levels of skills, and what is next in a role. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "progress/survey.h"

enum { COUNT = 3 };

/* Three skills, each with one exercise of 100 points that is not begun; a test changes what it is about. */
struct scene {
    struct exercise exercises[COUNT];
    struct exercise_standing standings[COUNT];
    const struct exercise_standing *of_skill[COUNT][2];
    struct skill skills[COUNT];
    struct skill_standing skill_standings[COUNT];
    struct survey survey;
};

static void make(struct scene *scene) {
    static const char *const names[COUNT] = {"docker", "python", "security"};
    *scene = (struct scene){0};
    for (size_t i = 0; i < COUNT; i++) {
        scene->exercises[i] = (struct exercise){.id = names[i], .level = 1, .difficulty = 1, .points = 100};
        scene->standings[i] = (struct exercise_standing){.exercise = &scene->exercises[i], .standing.possible = 100};
        scene->of_skill[i][0] = &scene->standings[i];
        scene->skills[i] = (struct skill){.id = names[i], .targets = {2, 2, 2}};
        scene->skill_standings[i] = (struct skill_standing){
            .skill = &scene->skills[i], .exercises = scene->of_skill[i], .count = 1, .tally = {1, 0, 0, 100}};
    }
    scene->survey = (struct survey){.skills = scene->skill_standings, .skill_count = COUNT};
}

static void assert_next(const struct scene *scene, const char *skill, const char *exercise) {
    struct survey_advice advice;
    assert_true(survey_next(&scene->survey, ROLE_MLOPS_ENGINEER, &advice));
    assert_string_equal(advice.skill->skill->id, skill);
    assert_string_equal(advice.exercise->exercise->id, exercise);
}

static void test_levels(void **state) {
    (void)state;
    static const struct {
        int points, level;
    } cases[] = {{0, 0}, {24, 0}, {25, 1}, {59, 1}, {60, 2}, {84, 2}, {85, 3}, {100, 3}};
    for (size_t i = 0; i < LENGTH(cases); i++)
        assert_int_equal(survey_level(&(struct tally){2, 2, cases[i].points, 100}), cases[i].level);
    assert_int_equal(survey_level(&(struct tally){1, 1, 100, 100}), 2); /* one exercise is one occasion */
    assert_int_equal(survey_level(&(struct tally){0}), 0);
}

static void test_gaps_are_never_negative(void **state) {
    (void)state;
    struct scene scene;
    make(&scene);
    scene.skill_standings[0].level = 3;
    assert_int_equal(skill_gap(&scene.skill_standings[0], ROLE_PRACTITIONER), 0);
    assert_int_equal(skill_gap(&scene.skill_standings[1], ROLE_PRACTITIONER), 2);
}

static void test_the_largest_gap_comes_first(void **state) {
    (void)state;
    struct scene scene;
    make(&scene);
    assert_next(&scene, "docker", "docker"); /* of equal ones the first */
    scene.skills[2].targets[ROLE_MLOPS_ENGINEER] = 3;
    assert_next(&scene, "security", "security");
}

static void test_of_equal_gaps_the_fewer_points(void **state) {
    (void)state;
    struct scene scene;
    make(&scene);
    scene.skill_standings[0].tally.points = 20;
    scene.skill_standings[1].tally.points = 10;
    scene.skill_standings[2].tally.points = 15;
    assert_next(&scene, "python", "python");
}

static void test_of_equal_points_the_easier_exercise(void **state) {
    (void)state;
    struct scene scene;
    make(&scene);
    scene.exercises[0].level = 2;
    scene.exercises[1].difficulty = 2;
    assert_next(&scene, "security", "security");
    scene.standings[0].standing.started = true; /* which counts more than what is easy */
    assert_next(&scene, "docker", "docker");
}

static void test_what_is_passed_is_not_advised(void **state) {
    (void)state;
    struct scene scene;
    make(&scene);
    scene.skills[0].targets[ROLE_MLOPS_ENGINEER] = 3;
    scene.standings[0].standing.passed = true;
    assert_next(&scene, "python", "python");
    scene.of_skill[0][1] = &scene.standings[2]; /* another exercise of the weakest skill */
    scene.skill_standings[0].count = 2;
    assert_next(&scene, "docker", "security");
}

static void test_what_this_machine_cannot_judge_comes_last(void **state) {
    (void)state;
    struct scene scene;
    make(&scene);
    scene.skills[0].targets[ROLE_MLOPS_ENGINEER] = 3;
    scene.standings[0].unjudged_count = 1;
    assert_next(&scene, "python", "python");
    scene.standings[1].standing.passed = scene.standings[2].standing.passed = true;
    assert_next(&scene, "docker", "docker");
}

static void test_nothing_is_next(void **state) {
    (void)state;
    struct scene scene;
    struct survey_advice advice;
    make(&scene);
    for (size_t i = 0; i < COUNT; i++) scene.skill_standings[i].level = 2;
    assert_false(survey_next(&scene.survey, ROLE_MLOPS_ENGINEER, &advice));
    make(&scene);
    for (size_t i = 0; i < COUNT; i++) scene.standings[i].standing.passed = true;
    assert_false(survey_next(&scene.survey, ROLE_MLOPS_ENGINEER, &advice));
    assert_null(advice.skill);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_gaps_are_never_negative),
        cmocka_unit_test(test_the_largest_gap_comes_first),
        cmocka_unit_test(test_of_equal_gaps_the_fewer_points),
        cmocka_unit_test(test_of_equal_points_the_easier_exercise),
        cmocka_unit_test(test_what_is_passed_is_not_advised),
        cmocka_unit_test(test_what_this_machine_cannot_judge_comes_last),
        cmocka_unit_test(test_nothing_is_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Run while lab is built: `template_tool FILE NAME FILE NAME…` prints C source for `template_files` with the text of each FILE
 * under its NAME.
 */

#include <stdio.h>

/* Prints the bytes as numbers, for a literal may be no longer than 4095 bytes. */
static int print_file(const char *path, int number) {
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        return -1;
    }
    printf("static const unsigned char text_%d[] = {\n", number);
    for (int c, column = 1; (c = getc(file)) != EOF; column++) printf("%d,%s", c, column % 24 ? "" : "\n");
    puts("0};");
    int failed = ferror(file);
    fclose(file);
    return failed ? -1 : 0;
}

int main(int argc, char **argv) {
    puts("#include \"author/template.h\"");
    for (int i = 1; i + 1 < argc; i += 2)
        if (print_file(argv[i], i)) return 1;
    puts("const struct template_file template_files[] = {");
    for (int i = 1; i + 1 < argc; i += 2)
        printf("    {\"%s\", (const char *)text_%d, sizeof text_%d - 1},\n", argv[i + 1], i, i);
    printf("};\nconst size_t template_file_count = %d;\n", (argc - 1) / 2);
    return fflush(stdout) || ferror(stdout) ? 1 : 0;
}

package io.allotment.server;

/** The command line. */
final class Main {

    private Main() {}

    public static void main(String[] arguments) {
        System.exit(CommandLines.in(Surroundings.ofThisProcess()).execute(arguments));
    }
}

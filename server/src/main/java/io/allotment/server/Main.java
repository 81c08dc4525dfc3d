package io.allotment.server;

/** The command line. */
public final class Main {

    private Main() {}

    public static void main(String[] arguments) {
        System.exit(CommandLines.in(Surroundings.ofThisProcess()).execute(arguments));
    }
}

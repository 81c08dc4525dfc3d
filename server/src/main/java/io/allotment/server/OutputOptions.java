package io.allotment.server;

import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How a command tells its result: to people on standard output, or to programs, and then to people on standard error. */
final class OutputOptions {

    @Option(
            names = "--json",
            description =
                    "Print the result as JSON on standard output, each object on one line; everything for people goes"
                            + " to standard error.")
    private boolean json;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    /** For the result in words. */
    PrintWriter people() {
        return json ? asides() : command.commandLine().getOut();
    }

    /** For what is no result: progress, warnings. */
    PrintWriter asides() {
        return command.commandLine().getErr();
    }

    /** Prints it where programs are to read it. */
    void result(Object value) {
        if (json) {
            command.commandLine().getOut().println(JsonLine.of(value));
        }
    }
}

package io.allotment.server;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Between which numbers an option's value must lie. */
final class OptionBounds {

    private OptionBounds() {}

    /** Refuses another one as wrong usage of the command. */
    static void require(CommandSpec command, String option, int value, int min, int max) {
        if (value < min || value > max) {
            throw new ParameterException(
                    command.commandLine(), option + " must be from " + min + " to " + max + ", not " + value + ".");
        }
    }
}

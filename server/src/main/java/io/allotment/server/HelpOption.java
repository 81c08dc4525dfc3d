package io.allotment.server;

import picocli.CommandLine.Option;

/** What every command has. */
final class HelpOption {

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;
}

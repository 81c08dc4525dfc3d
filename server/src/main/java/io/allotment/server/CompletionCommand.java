package io.allotment.server;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "completion",
        description =
                "Print a script that completes commands and options in bash and zsh: source <(allotment completion)")
final class CompletionCommand implements Callable<Integer> {

    @Mixin
    private final HelpOption help = new HelpOption();

    @Spec
    private CommandSpec command;

    @Override
    public Integer call() {
        var root = command.root();
        command.commandLine().getOut().print(AutoComplete.bash(root.name(), root.commandLine()));
        command.commandLine().getOut().flush();
        return 0;
    }
}

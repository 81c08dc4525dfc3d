package io.allotment.server;

import io.allotment.server.fuzz.Fuzzer;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "fuzz",
        description =
                "Send right and wrong requests, made from its own openapi.yaml, to a running server: nothing must make it"
                        + " fail, answer what is not documented, or tell of its inside. Not against a server that is in use:"
                        + " it creates, changes and deletes.",
        footer = {"", "Exit code: 0 when nothing is found, else 1, with the first findings."})
final class FuzzCommand implements Callable<Integer> {

    private static final int MAX_SECONDS = 86_400;

    private final Surroundings surroundings;

    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "http://127.0.0.1:8080",
            description = "Where the server is (default: ${DEFAULT-VALUE}).")
    private URI url;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "Sent as bearer token (default: the environment's ROOT_KEY; else none).")
    private String key;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "60",
            description = "How long, 1 to " + MAX_SECONDS + " (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Where all requests are generated from (default: chance; it is told).")
    private Long seed;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final HelpOption help = new HelpOption();

    @Spec
    private CommandSpec command;

    FuzzCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        OptionBounds.require(command, "--seconds", seconds, 1, MAX_SECONDS);
        long chosen = seed != null ? seed : ThreadLocalRandom.current().nextLong();
        output.asides().println("Seed " + chosen + ".");
        var bearer = Optional.ofNullable(key).or(() -> surroundings.variable("ROOT_KEY"));
        var report = fuzzer(bearer, chosen).run(Duration.ofSeconds(seconds));
        print(report, output.people());
        output.result(report);
        return report.findings().isEmpty() ? 0 : 1;
    }

    private Fuzzer fuzzer(Optional<String> bearer, long chosen) {
        try {
            return new Fuzzer(url, bearer, chosen);
        } catch (IOException | IllegalArgumentException notThere) {
            throw new CommandFailed("No Allotment answers at " + url + ": " + notThere.getMessage(), notThere);
        }
    }

    private static void print(Fuzzer.Report report, PrintWriter out) {
        report.findings().forEach(out::println);
        out.println(report.requests() + " requests: " + report.serverErrors() + " server errors, "
                + report.undocumented() + " undocumented, "
                + report.leaks()
                + " that tell of the inside.");
        out.println(report.succeeded() + " of " + report.operations() + " operations were answered with success.");
    }
}

package io.allotment.server;

import io.allotment.domain.ai.PriceBook;
import io.allotment.domain.ai.PriceQuestion;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.Refusal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "cost",
        description = {
            "Reckon what a usage cost, by class and in total, as exact decimals.",
            "In a usage, input_tokens is the whole input and output_tokens the whole output; cache_read_tokens,"
                    + " cache_write_tokens, input_audio_tokens, cache_audio_read_tokens and output_audio_tokens are parts of"
                    + " them."
        },
        footer = {
            "",
            "A line of the file of --usages is {\"provider\": …, \"model\": …, \"at\": …, \"usage\": {…}}; all but model and"
                    + " usage may be left out, and apiUrl may stand in for the provider. Each gets a line of JSON with its"
                    + " total, or its error.",
            "",
            "Exit code: 0 when there is a cost, or a line for each usage; 1 otherwise."
        })
final class PricesCostCommand implements Callable<Integer> {

    @Option(
            names = "--provider",
            paramLabel = "P",
            description = "Who offered the model; without, by the model's name.")
    private String provider;

    @Option(names = "--api-url", paramLabel = "URL", description = "Where it was called, in place of the provider.")
    private String apiUrl;

    @Option(names = "--model", paramLabel = "M", description = "Any name of the model; with --raw, that of the answer.")
    private String model;

    @Option(
            names = "--at",
            paramLabel = "TIME",
            converter = PriceTimes.class,
            description = "A day or a time such as 2026-06-01T12:00:00Z (default: now).")
    private Instant at;

    @Option(names = "--usage", paramLabel = "JSON", description = "The usage.")
    private String usage;

    @Option(names = "--usages", paramLabel = "FILE", description = "A file of usages, one JSON object a line.")
    private Path usages;

    @Option(
            names = "--raw",
            description = "The usages are the providers' own: their answers, or the usage part of these.")
    private boolean raw;

    @Option(
            names = "--flavor",
            paramLabel = "F",
            description =
                    "Which of the provider's interfaces a raw usage is of, such as chat or responses (default: the"
                            + " first that fits).")
    private String flavor;

    @Mixin
    private final DatabaseOptions databaseOptions;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final HelpOption help = new HelpOption();

    private final Instant now = Clock.systemUTC().instant();

    @Spec
    private CommandSpec command;

    PricesCostCommand(Surroundings surroundings) {
        this.databaseOptions = new DatabaseOptions(surroundings);
    }

    @Override
    public Integer call() {
        if ((usage == null) == (usages == null)) {
            throw new ParameterException(command.commandLine(), "Give either --usage or --usages.");
        }
        if (usage != null && model == null && !raw) {
            throw new ParameterException(command.commandLine(), "Give the --model.");
        }
        return PricesCommand.looking(
                databaseOptions,
                allotment -> usages == null
                        ? one(allotment.prices().book())
                        : each(allotment.prices().book()));
    }

    private int one(PriceBook book) {
        var answer = answer(book, question(JsonTree.object(usage)));
        print(answer, output.people());
        output.result(answer);
        return 0;
    }

    private PriceQuestion question(Map<String, Object> ofUsage) {
        return new PriceQuestion(
                Optional.ofNullable(provider),
                Optional.ofNullable(apiUrl),
                Optional.ofNullable(model),
                Optional.ofNullable(at),
                ofUsage,
                raw,
                Optional.ofNullable(flavor));
    }

    private int each(PriceBook book) {
        var out = command.commandLine().getOut();
        try (BufferedReader lines = Files.newBufferedReader(usages, StandardCharsets.UTF_8)) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank()) {
                    out.println(JsonLine.of(told(book, line)));
                }
            }
            out.flush();
            return 0;
        } catch (IOException unreadable) {
            throw new CommandFailed(usages + " cannot be read as text in UTF-8.", unreadable);
        }
    }

    /** The answer to a line, or what is wrong with it: one wrong line is no reason not to answer the others. */
    private Map<String, Object> told(PriceBook book, String line) {
        Map<String, Object> told = new LinkedHashMap<>();
        try {
            var asked = JsonTree.object(line);
            for (var name : List.of("provider", "model", "at")) {
                if (asked.get(name) != null) {
                    told.put(name, asked.get(name));
                }
            }
            told.putAll(answer(book, question(asked, question(Map.of()))));
        } catch (Refusal | CommandFailed | DateTimeException wrong) {
            told.put("error", wrong.getMessage());
        }
        return told;
    }

    private static PriceQuestion question(Map<String, Object> line, PriceQuestion defaults) {
        return new PriceQuestion(
                text(line, "provider").or(defaults::provider),
                text(line, "apiUrl").or(() -> text(line, "api_url")).or(defaults::apiUrl),
                text(line, "model").or(defaults::model),
                text(line, "at").map(PriceTimes::read).or(defaults::at),
                line.get("usage") instanceof Map<?, ?> map ? object(map) : refuseUsage(),
                defaults.isAnswer(),
                text(line, "flavor").or(defaults::flavor));
    }

    private static Map<String, Object> refuseUsage() {
        throw new InvalidValue("usage", "must be an object");
    }

    private static Map<String, Object> object(Map<?, ?> map) {
        var copy = new LinkedHashMap<String, Object>();
        map.forEach((key, value) -> copy.put(String.valueOf(key), value));
        return copy;
    }

    private static Optional<String> text(Map<String, Object> line, String name) {
        var value = line.get(name);
        if (value == null) {
            return Optional.empty();
        } else if (value instanceof String text) {
            return Optional.of(text);
        }
        throw new InvalidValue(name, "must be a text");
    }

    private Map<String, Object> answer(PriceBook book, PriceQuestion question) {
        var reckoned = question.answer(book, now);
        var quote = reckoned.quote();
        var answer = new LinkedHashMap<String, Object>();
        answer.put("total", quote.costs().total().toPlainString());
        answer.put("currency", quote.price().currency());
        answer.put("priced", quote.isPriced());
        answer.put("pricedAs", quote.model().ref().toString());
        answer.put("priceId", quote.price().id().toString());
        var byClass = new LinkedHashMap<String, Object>();
        for (var line : quote.costs().lines()) {
            byClass.put(
                    line.unit().usageKey(),
                    Map.of(
                            "count", line.count().toPlainString(),
                            "price", line.price().toPlainString(),
                            "cost", line.cost().toPlainString()));
        }
        answer.put("byClass", byClass);
        if (raw) {
            var tokens = new LinkedHashMap<String, String>();
            reckoned.usage()
                    .tokens()
                    .byClass()
                    .forEach((tokenClass, count) -> tokens.put(tokenClass.name(), count.toString()));
            answer.put("tokens", tokens);
        }
        if (!reckoned.ignored().isEmpty()) {
            answer.put("ignored", reckoned.ignored());
        }
        return answer;
    }

    private static void print(Map<String, Object> answer, PrintWriter out) {
        out.println(answer.get("pricedAs") + ": " + answer.get("total") + " " + answer.get("currency")
                + (Boolean.TRUE.equals(answer.get("priced")) ? "" : " (the model has no price)"));
        ((Map<?, ?>) answer.get("byClass")).forEach((unit, line) -> {
            var of = (Map<?, ?>) line;
            out.println("  " + unit + ": " + of.get("count") + " at " + of.get("price") + " = " + of.get("cost"));
        });
        if (answer.containsKey("ignored")) {
            out.println("  not priced, since they are no units: " + answer.get("ignored"));
        }
    }
}

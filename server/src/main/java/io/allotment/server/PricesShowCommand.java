package io.allotment.server;

import io.allotment.domain.ai.AiTrees;
import io.allotment.domain.ai.ModelPrice;
import io.allotment.domain.ai.NoPrice;
import io.allotment.domain.ai.PriceBook;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "show", description = "Show what a model costs at a time, and when that price holds.")
final class PricesShowCommand implements Callable<Integer> {

    @Parameters(paramLabel = "MODEL", description = "Any name of the model.")
    private String model;

    @Option(names = "--provider", paramLabel = "P", description = "Who offers it; without, by the model's name.")
    private String provider;

    @Option(
            names = "--at",
            paramLabel = "DATE",
            converter = PriceTimes.class,
            description = "A day or a time such as 2026-06-01T12:00:00Z (default: now).")
    private Instant at;

    @Mixin
    private final DatabaseOptions databaseOptions;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final HelpOption help = new HelpOption();

    PricesShowCommand(Surroundings surroundings) {
        this.databaseOptions = new DatabaseOptions(surroundings);
    }

    private record Result(
            String provider,
            String model,
            String name,
            String at,
            boolean priced,
            String currency,
            String priceId,
            String effectiveFrom,
            Map<String, Object> prices,
            List<Map<String, Object>> list) {}

    @Override
    public Integer call() {
        return PricesCommand.looking(databaseOptions, allotment -> {
            var book = allotment.prices().book();
            var time = at == null ? Clock.systemUTC().instant() : at;
            var asked = new PriceBook.Asked(Optional.ofNullable(provider), Optional.empty(), model);
            var found = book.model(asked).orElseThrow(() -> new NoPrice(asked));
            var price = book.price(found.ref(), time).orElseThrow(() -> new NoPrice(asked));
            var result = new Result(
                    found.ref().provider(),
                    found.ref().model(),
                    found.displayName(),
                    time.toString(),
                    !price.rates().isEmpty(),
                    price.currency(),
                    price.id().toString(),
                    price.effectiveFrom().map(Instant::toString).orElse(null),
                    AiTrees.tree(price.rates(), BigDecimal::toPlainString),
                    book.list(found.ref(), time).stream()
                            .map(PricesShowCommand::listed)
                            .toList());
            print(result, output.people());
            output.result(result);
            return 0;
        });
    }

    private static Map<String, Object> listed(ModelPrice price) {
        var listed = new LinkedHashMap<String, Object>();
        listed.put("priceId", price.id().toString());
        AiTrees.tree(price.terms().condition()).ifPresent(condition -> listed.put("constraint", condition));
        listed.put("prices", AiTrees.tree(price.rates(), BigDecimal::toPlainString));
        return listed;
    }

    private static void print(Result result, PrintWriter out) {
        out.println(result.provider() + " " + result.model() + " (" + result.name() + ") at " + result.at() + ", in "
                + result.currency() + ":");
        if (!result.priced()) {
            out.println("  no price: it costs nothing, or nobody knows");
        }
        result.prices().forEach((unit, price) -> out.println("  " + unit + " " + price));
        if (result.list().size() > 1) {
            out.println("The list has " + result.list().size() + " prices; the last whose condition holds counts:");
            result.list()
                    .forEach(each ->
                            out.println("  " + each.getOrDefault("constraint", "always") + " " + each.get("prices")));
        }
    }
}

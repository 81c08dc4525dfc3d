package io.allotment.server;

import io.allotment.Allotment;
import io.allotment.application.usage.LatePricing.Priced;
import io.allotment.application.usage.UnpricedUsageService.Unpriced;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.tenancy.Tenant;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "backfill",
        description = {
            "Give AI work that was recorded without a price the cost it had at its time, where the price book has a price for"
                    + " it by now, and show what remains without one, and why. Also while servers run; their jobs do the same"
                    + " within minutes.",
            "Each usage event gets its cost once, and keeps it. No credits are charged."
        },
        footer = {"", "Exit code: 0, also where something remains."})
final class PricesBackfillCommand implements Callable<Integer> {

    @Option(names = "--tenant", paramLabel = "ID", description = "Of this tenant alone; of all where nothing is said.")
    private String tenant;

    @Mixin
    private final DatabaseOptions databaseOptions;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final HelpOption help = new HelpOption();

    PricesBackfillCommand(Surroundings surroundings) {
        this.databaseOptions = new DatabaseOptions(surroundings);
    }

    private record Cost(String currency, String amount) {}

    /** @param pricedFrom null where nothing begins later */
    private record Left(String tenantId, String provider, String model, long events, String why, String pricedFrom) {

        static Left of(TenantId tenant, Unpriced unpriced) {
            var model = unpriced.model();
            return new Left(
                    tenant.toString(),
                    model.provider().orElse(null),
                    model.model(),
                    model.events(),
                    unpriced.lack().name(),
                    unpriced.pricedFrom().map(Object::toString).orElse(null));
        }
    }

    private record Result(long priced, List<Cost> costs, long unpriced, List<Left> left) {

        void print(PrintWriter out) {
            out.println(priced + " usage events got their cost"
                    + (costs.isEmpty()
                            ? "."
                            : ": "
                                    + String.join(
                                            ", ",
                                            costs.stream()
                                                    .map(cost -> cost.amount() + " " + cost.currency())
                                                    .toList())
                                    + "."));
            if (left.isEmpty()) {
                out.println("Nothing is without a price.");
                return;
            }
            var table = new TextTable()
                    .words("tenant")
                    .words("provider")
                    .words("model")
                    .figures("events")
                    .words("why");
            left.forEach(one -> table.row(
                    one.tenantId(),
                    one.provider() == null ? "-" : one.provider(),
                    one.model(),
                    one.events(),
                    why(one)));
            table.print(out, "Without a price");
        }

        private static String why(Left one) {
            return switch (one.why()) {
                case "UNKNOWN_MODEL" -> "no model of this name";
                case "NO_PRICE" -> "the model has no price";
                case "BEFORE_FIRST_PRICE" -> "used before its first price, of " + one.pricedFrom();
                default -> "the price cannot tell its tokens apart, or it was used just now";
            };
        }
    }

    @Override
    public Integer call() {
        return PricesCommand.looking(databaseOptions, allotment -> {
            var costs = new TreeMap<String, BigDecimal>();
            var left = new ArrayList<Left>();
            long priced = 0;
            for (var id : tenants(allotment)) {
                var ofTenant = price(allotment, id);
                priced += ofTenant.events();
                ofTenant.costs().forEach((currency, amount) -> costs.merge(currency, amount, BigDecimal::add));
                each(page -> allotment.unpricedUsage().list(id, page), one -> left.add(Left.of(id, one)));
            }
            var result = new Result(
                    priced,
                    costs.entrySet().stream()
                            .map(cost -> new Cost(cost.getKey(), cost.getValue().toPlainString()))
                            .toList(),
                    left.stream().mapToLong(Left::events).sum(),
                    left);
            result.print(output.people());
            output.result(result);
            return 0;
        });
    }

    private List<TenantId> tenants(Allotment allotment) {
        if (tenant != null) {
            return List.of(TenantId.of(tenant));
        }
        var all = new ArrayList<TenantId>();
        each(page -> allotment.tenants().list(page), (Tenant one) -> all.add(one.id()));
        return all;
    }

    private static Priced price(Allotment allotment, TenantId tenant) {
        var all = new Priced(0, Map.of(), true);
        while (all.more()) {
            all = all.plus(allotment.unpricedUsage().price(tenant));
        }
        return all;
    }

    private static <T> void each(Function<PageRequest, Page<T>> listing, Consumer<T> work) {
        Optional<String> after = Optional.empty();
        do {
            var page = listing.apply(new PageRequest(PageRequest.MAX_LIMIT, after));
            page.items().forEach(work);
            after = page.next();
        } while (after.isPresent());
    }
}

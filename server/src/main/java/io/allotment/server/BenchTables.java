package io.allotment.server;

import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** What was measured of a workload, for people: contenders under each other, numbers of callers beside each other. */
final class BenchTables {

    private static final MathContext RATIO = new MathContext(3);

    private final Workload workload;
    private final List<BenchCell> cells;

    BenchTables(Workload workload, List<BenchCell> cells) {
        this.workload = workload;
        this.cells = cells;
    }

    void print(PrintWriter out) {
        var rates = table(BenchCell::opsPerSecond);
        var contenders = contenders();
        rates.row(row(
                contenders.get(0) + " / " + contenders.get(1),
                callers().stream()
                        .map(count -> ratio(cell(contenders.get(0), count), cell(contenders.get(1), count)))));
        rates.print(out, workload + ": " + workload.description() + ", operations per second");
        table(cell -> cell.p50Millis() + " / " + cell.p99Millis())
                .print(out, workload + ": milliseconds that 50 / 99 of 100 operations took at most");
    }

    private TextTable table(Function<BenchCell, Object> figure) {
        var table = new TextTable().words("contender");
        callers().forEach(count -> table.figures(count + (count == 1 ? " caller" : " callers")));
        contenders()
                .forEach(contender -> table.row(row(
                        contender, callers().stream().map(count -> figure.apply(cell(contender, count))))));
        return table;
    }

    private static Object[] row(String head, Stream<Object> figures) {
        return Stream.concat(Stream.of(head), figures).toArray();
    }

    private static Object ratio(BenchCell one, BenchCell other) {
        return other.opsPerSecond() == 0
                ? "-"
                : BigDecimal.valueOf(one.opsPerSecond())
                        .divide(BigDecimal.valueOf(other.opsPerSecond()), RATIO)
                        .toPlainString();
    }

    private List<Integer> callers() {
        return cells.stream().map(BenchCell::callers).distinct().toList();
    }

    private List<String> contenders() {
        return cells.stream().map(BenchCell::contender).distinct().toList();
    }

    private BenchCell cell(String contender, int callers) {
        return cells.stream()
                .filter(cell -> cell.contender().equals(contender) && cell.callers() == callers)
                .findFirst()
                .orElseThrow();
    }
}

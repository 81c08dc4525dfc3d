package io.allotment.persistence.jooq;

import io.allotment.domain.shared.TokenCounts.TokenClass;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Roll-ups and what waits to be rolled up are what the events add up to, quarter of an hour by quarter of an hour; and what
 * lacks a price waits for it in one place. For each invariant the query that gives what breaks it.
 */
final class RollUpQueries {

    /** What is summed, as the roll-ups call it, and how an event's line says it. */
    private record Amount(String column, String ofLine) {}

    private static final List<Amount> AMOUNTS = Stream.concat(
                    Stream.of(
                            new Amount("events", "(l.number = 1)::int"),
                            new Amount("lines", "1"),
                            new Amount("quantity", "l.quantity"),
                            new Amount("credits", "l.credits"),
                            new Amount(
                                    "uncovered_credits", "case when l.number = 1 then e.uncovered_credits else 0 end"),
                            new Amount("overage", "coalesce(l.above, 0)")),
                    Arrays.stream(TokenClass.values())
                            .map(one -> new Amount(
                                    "tokens_" + one.name().toLowerCase(Locale.ROOT),
                                    "case when l.number = 1 then coalesce((e.tokens ->> '" + one.name()
                                            + "')::numeric, 0) else 0 end")))
            .toList();

    private static final String COLUMNS = joined(AMOUNTS, Amount::column);

    private static final String NOTHING = joined(AMOUNTS, amount -> "0");

    /** An event's lines, with a sign: what is in the roll-ups goes against what the events say. */
    private static String lines(String sign, String from) {
        return "select e.tenant_id, date_bin('15 minutes', e.created_at, timestamptz 'epoch') as starts_at,"
                + " l.operation_key collate \"C\" as operation_key, e.model collate \"C\" as model,"
                + " e.provider collate \"C\" as provider, null::text collate \"C\" as cost_currency, "
                + joined(AMOUNTS, amount -> sign + "(" + amount.ofLine() + ") as " + amount.column())
                + ", 0::numeric as cost\nfrom " + from
                + " cross join lateral unnest(e.operations, e.quantities, e.line_credits, e.quota_above) with ordinality"
                + " as l(operation_key, quantity, credits, above, number)";
    }

    /** What events cost, told with their first line. */
    private static String costs(String sign, String row, String from) {
        return "select e.tenant_id, date_bin('15 minutes', e.created_at, timestamptz 'epoch'), e.operations[1] collate \"C\","
                + " e.model collate \"C\", e.provider collate \"C\", " + row + ".cost_currency collate \"C\", "
                + NOTHING + ", "
                + sign + row + ".cost\nfrom " + from + " where " + row + ".cost <> 0";
    }

    private static final String ARRIVED = """
            (select tenant_id, unnest(event_ids) as event_id from allotment.usage_arrivals) a
            join allotment.usage_events e on e.tenant_id = a.tenant_id and e.id = a.event_id
            """;

    private static final String PRICED_LATER = """
            allotment.usage_costs c join allotment.usage_events e on e.tenant_id = c.tenant_id and e.id = c.event_id
            """;

    /** Sums of what retention has removed are more than what is left; an event is decided a moment after its id is made. */
    private static final String ROLL_UPS = """
            select d.tenant_id,
                   'usage of ' || d.operation_key || coalesce(', ' || d.model, '') || coalesce(' of ' || d.provider, '')
                       || ' in the quarter from ' || to_char(d.starts_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'),
                   'the events come to more than the roll-ups by ' || concat_ws(', ', %s)
            from (
                select tenant_id, starts_at, operation_key, model, provider, cost_currency, %s, sum(cost) as cost
                from (
            %s
                ) p
                group by tenant_id, starts_at, operation_key, model, provider, cost_currency
            ) d
            left join allotment.retentions k on k.tenant_id = d.tenant_id
            where case when k.usage_from is null or d.starts_at >= k.usage_from + interval '1 hour' then %s else %s end
            """.formatted(
                    Stream.concat(AMOUNTS.stream().map(Amount::column), Stream.of("cost"))
                            .map(column -> "case when d." + column + " <> 0 then '" + column.replace('_', ' ')
                                    + " ' || trim_scale(d." + column + ") end")
                            .collect(Collectors.joining(", ")),
                    joined(AMOUNTS, amount -> "sum(" + amount.column() + ")::numeric as " + amount.column()),
                    String.join(
                            "\nunion all\n",
                            lines("", "allotment.usage_events e"),
                            costs("", "e", "allotment.usage_events e"),
                            costs("", "c", PRICED_LATER),
                            lines("-", ARRIVED),
                            costs("-", "e", ARRIVED),
                            "select tenant_id, starts_at, operation_key, model, provider, null, "
                                    + joined(AMOUNTS, amount -> "-" + amount.column())
                                    + ", 0 from allotment.usage_rollups where cut = 'QUARTER_MODELS'",
                            "select tenant_id, starts_at, operation_key, model, provider, cost_currency, " + NOTHING
                                    + ", -cost from allotment.usage_rollups where cut = 'QUARTER_MODELS' and cost <> 0"),
                    compared("<>"),
                    compared(">"));

    private static String compared(String how) {
        return "("
                + Stream.concat(AMOUNTS.stream().map(Amount::column), Stream.of("cost"))
                        .map(column -> "d." + column + " " + how + " 0")
                        .collect(Collectors.joining(" or "))
                + ")";
    }

    /** Each cut has all usage. */
    private static final String CUTS =
            """
            select tenant_id,
                   'usage of ' || operation_key || coalesce(', ' || model, '') || coalesce(' of ' || provider, ''),
                   'the roll-ups differ: ' || string_agg(cut || ' ' || events || ' events, credits ' || trim_scale(credits)
                       || ', cost ' || trim_scale(cost), '; ' order by cut)
            from (
                select tenant_id, operation_key, model, provider, cost_currency, cut, %s, sum(cost) as cost
                from allotment.usage_rollups
                group by tenant_id, operation_key, model, provider, cost_currency, cut
            ) c
            group by tenant_id, operation_key, model, provider, cost_currency
            having count(*) <> 5 or count(distinct (%s, cost)) > 1
            """.formatted(joined(AMOUNTS, amount -> "sum(" + amount.column() + ") as " + amount.column()), COLUMNS);

    private static final String LACKING = """
            select coalesce(e.tenant_id, w.tenant_id), 'usage event ' || coalesce(e.id, w.event_id),
                   case when e.id is null then 'it waits for a price or was given a cost later, and lacks none'
                        when w.places is null then 'it lacks a price, and waits for none'
                        else 'it waits for a price, or has its cost, in ' || w.places || ' places' end
            from (
                select tenant_id, id from allotment.usage_events
                where model is not null and tokens is not null and cost is null
            ) e
            full join (
                select tenant_id, event_id, count(*) as places
                from (
                    select tenant_id, event_id from allotment.usage_unpriced
                    union all
                    select tenant_id, event_id from allotment.usage_costs
                    union all
                    select e.tenant_id, e.id from %s
                    where e.model is not null and e.tokens is not null and e.cost is null
                ) p
                group by tenant_id, event_id
            ) w on w.tenant_id = e.tenant_id and w.event_id = e.id
            where e.id is null or w.places is distinct from 1
            """.formatted(ARRIVED);

    static final Map<String, String> ALL = Map.of(
            "roll-ups-add-up", ROLL_UPS,
            "roll-ups-agree", CUTS,
            "unpriced-usage-waits-once", LACKING);

    private RollUpQueries() {}

    private static String joined(List<Amount> amounts, Function<Amount, String> part) {
        return amounts.stream().map(part).collect(Collectors.joining(", "));
    }
}

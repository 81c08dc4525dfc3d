package io.allotment.domain.gate;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.TokenCounts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is to be used: 1 to 16 lines that are allowed together or not at all. Begin with {@link #of}, add what is known.
 *
 * @param account who pays; empty for the acting member's account where there is one, else the tenant's
 * @param relatedTo what it is for
 * @param model the AI model, where it is AI work, at most 200 characters
 * @param provider who offered the model, at most 100 characters; without, the model's name tells
 * @param pricedAt whose prices count, where it was used earlier than now
 */
public record Charge(
        List<Line> lines,
        Optional<AccountId> account,
        Actor actor,
        Optional<RelatedEntity> relatedTo,
        Optional<String> model,
        TokenCounts tokens,
        Document metadata,
        Optional<String> provider,
        Optional<Instant> pricedAt) {

    public static final int MAX_LINES = 16;

    /** So much of an operation: more than zero, below 10^12. */
    public record Line(OperationKey operation, Quantity quantity) {

        private static final Quantity MAX = Quantity.of(1_000_000_000_000L);

        public Line {
            requireNonNull(operation, "operation");
            quantity.requirePositive("quantity");
            if (quantity.compareTo(MAX) >= 0) {
                throw new InvalidValue("quantity", "must be below " + MAX);
            }
        }
    }

    public Charge {
        lines = List.copyOf(lines);
        if (lines.isEmpty() || lines.size() > MAX_LINES) {
            throw new InvalidValue("lines", "must be 1 to " + MAX_LINES);
        }
        requireNonNull(account, "account");
        requireNonNull(actor, "actor");
        requireNonNull(relatedTo, "relatedTo");
        model = model.map(name -> Text.name("model", name, 200));
        requireNonNull(tokens, "tokens");
        requireNonNull(metadata, "metadata");
        provider = provider.map(name -> Text.name("provider", name, 100));
        requireNonNull(pricedAt, "pricedAt");
    }

    /** One whose model's name tells the provider, at the prices of the time when it is decided. */
    public Charge(
            List<Line> lines,
            Optional<AccountId> account,
            Actor actor,
            Optional<RelatedEntity> relatedTo,
            Optional<String> model,
            TokenCounts tokens,
            Document metadata) {
        this(lines, account, actor, relatedTo, model, tokens, metadata, Optional.empty(), Optional.empty());
    }

    /** A charge of one line, by the system, on the tenant's account. */
    public static Charge of(OperationKey operation, Quantity quantity) {
        return new Charge(
                List.of(new Line(operation, quantity)),
                Optional.empty(),
                Actor.system(),
                Optional.empty(),
                Optional.empty(),
                TokenCounts.NONE,
                Document.EMPTY);
    }

    /** The same, in plain words: {@code Charge.of("transcribe.minute", 12)}. */
    public static Charge of(String operation, long quantity) {
        return of(new OperationKey(operation), Quantity.of(quantity));
    }

    /** With one line more. */
    public Charge and(OperationKey operation, Quantity quantity) {
        var more = new ArrayList<>(lines);
        more.add(new Line(operation, quantity));
        return new Charge(more, account, actor, relatedTo, model, tokens, metadata, provider, pricedAt);
    }

    /** With one line more, in plain words. */
    public Charge and(String operation, long quantity) {
        return and(new OperationKey(operation), Quantity.of(quantity));
    }

    public Charge by(Actor who) {
        return new Charge(lines, account, who, relatedTo, model, tokens, metadata, provider, pricedAt);
    }

    public Charge on(AccountId payer) {
        return new Charge(lines, Optional.of(payer), actor, relatedTo, model, tokens, metadata, provider, pricedAt);
    }

    public Charge relatedTo(String type, String id) {
        return new Charge(
                lines,
                account,
                actor,
                Optional.of(new RelatedEntity(type, id)),
                model,
                tokens,
                metadata,
                provider,
                pricedAt);
    }

    public Charge using(String aiModel, TokenCounts counts) {
        return new Charge(lines, account, actor, relatedTo, Optional.of(aiModel), counts, metadata, provider, pricedAt);
    }

    /** The same, where the model's name does not tell whose it is. */
    public Charge using(String offeredBy, String aiModel, TokenCounts counts) {
        return new Charge(
                lines,
                account,
                actor,
                relatedTo,
                Optional.of(aiModel),
                counts,
                metadata,
                Optional.of(offeredBy),
                pricedAt);
    }

    /** At the prices of an earlier time. */
    public Charge pricedAt(Instant time) {
        return new Charge(lines, account, actor, relatedTo, model, tokens, metadata, provider, Optional.of(time));
    }

    public Charge with(Document document) {
        return new Charge(lines, account, actor, relatedTo, model, tokens, document, provider, pricedAt);
    }
}

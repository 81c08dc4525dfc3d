package io.allotment.application.ai;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.domain.Persistence;
import io.allotment.domain.access.Right;
import io.allotment.domain.ai.ModelPrice;
import io.allotment.domain.ai.ModelRef;
import io.allotment.domain.ai.ModelUsage;
import io.allotment.domain.ai.PriceBook;
import io.allotment.domain.ai.PriceFile;
import io.allotment.domain.ai.PriceImport;
import io.allotment.domain.ai.PriceQuestion;
import io.allotment.domain.ai.PriceTerms;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.InvalidValue;
import io.allotment.domain.shared.ModelPriceId;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What AI models and other interfaces cost. Prices are never edited: a new list takes the place of the one before at a time.
 * Shared by all tenants, kept by the platform's operator, and no secret: everybody may read it. Thread-safe.
 */
public final class PriceBookService {

    private final Persistence persistence;
    private final PriceCache cache;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;

    public PriceBookService(Persistence persistence, PriceCache cache, Ids ids, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.cache = cache;
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
    }

    /** Everything as it is now. */
    public PriceBook book() {
        return cache.book();
    }

    /** What a usage cost at a time; refuses a model that has no price ({@code NoPrice}). */
    public PriceBook.Quote quote(PriceBook.Asked asked, ModelUsage usage, Optional<Instant> at) {
        return book().quote(asked, usage, at.orElseGet(moments::now));
    }

    /** The answer to a question; refuses a model that has no price ({@code NoPrice}), and a usage that cannot be understood. */
    public PriceQuestion.Reckoned reckon(PriceQuestion question) {
        return question.answer(book(), moments.now());
    }

    /**
     * Takes a price file in, all of it or nothing. What it has otherwise than the book is effective from now on; the same file
     * again changes nothing.
     */
    public PriceImport take(PriceFile file) {
        acting.requireOperator();
        return persistence.unitOfWork().forPlatform(() -> {
            var now = moments.now();
            // The row of the catalogue's version is the lock of who writes here: two imports come one after the other.
            var catalog = persistence.aiCatalog();
            catalog.lock();
            var changes = PriceImport.of(catalog.book(), file, now, () -> new ModelPriceId(ids.next()));
            catalog.saveProviders(changes.providers(), now);
            catalog.saveModels(changes.models(), now);
            catalog.insertPrices(changes.prices());
            if (!changes.isEmpty()) {
                acting.record(AuditEvent.of("price-book.imported", "price-book", "models")
                        .to(AuditValues.of("added", changes.added().size())
                                .and(
                                        "changed",
                                        changes.changed().stream()
                                                .limit(100)
                                                .map(each -> each.model().toString())
                                                .toList())
                                .and("changedCount", changes.changed().size())
                                .and("unchanged", changes.unchanged())
                                .and("prices", changes.prices().size())
                                .map()));
            }
            return changes;
        });
    }

    /**
     * A new list of prices of a model, in place of the present one from a time on: now, or later. Refuses a time that has
     * passed, since what was reckoned until now stays as it was.
     */
    public List<ModelPrice> set(
            ModelRef model, List<PriceTerms> terms, String currency, Optional<Instant> effectiveFrom) {
        acting.requireOperator();
        return persistence.unitOfWork().forPlatform(() -> {
            var catalog = persistence.aiCatalog();
            if (catalog.findModel(model).isEmpty()) {
                throw new NotFound("model", model);
            }
            catalog.lock();
            var now = moments.now();
            var first = catalog.book().history(model).isEmpty();
            var prices = rows(model, terms, currency, from(first, effectiveFrom, now), now);
            catalog.insertPrices(prices);
            acting.record(AuditEvent.of("model-price.set", "ai-model", model)
                    .to(AuditValues.of(
                                    "prices", prices.stream().map(AiValues::of).toList())
                            .map()));
            return prices;
        });
    }

    /**
     * A new list of prices of a model that was agreed with a tenant: it comes before the book's. Refuses a time that has passed.
     * Refuses a model and a tenant that do not exist.
     */
    public List<ModelPrice> setFor(
            TenantId tenant, ModelRef model, List<PriceTerms> terms, String currency, Optional<Instant> effectiveFrom) {
        acting.requireOperator(tenant);
        return persistence.unitOfWork().forPlatform(() -> {
            var catalog = persistence.aiCatalog();
            if (persistence.tenants().find(tenant).isEmpty()) {
                throw new NotFound("tenant", tenant);
            }
            if (catalog.findModel(model).isEmpty()) {
                throw new NotFound("model", model);
            }
            catalog.lock();
            var now = moments.now();
            // Before it was agreed, the book's prices hold.
            var prices = rows(model, terms, currency, from(false, effectiveFrom, now), now);
            catalog.insertPricesOf(tenant, prices);
            acting.record(
                    tenant,
                    AuditEvent.of("model-price.agreed", "ai-model", model)
                            .to(AuditValues.of(
                                            "prices",
                                            prices.stream().map(AiValues::of).toList())
                                    .map()));
            return prices;
        });
    }

    /** All prices that were ever agreed with a tenant, oldest first. */
    public List<ModelPrice> agreedWith(TenantId tenant) {
        acting.require(tenant, Right.ACCOUNT_READ);
        return persistence.unitOfWork().forTenant(tenant, () -> {
            if (persistence.tenants().find(tenant).isEmpty()) {
                throw new NotFound("tenant", tenant);
            }
            return persistence.aiCatalog().pricesOf(tenant);
        });
    }

    /** The first list holds for all times before, too. */
    private static Optional<Instant> from(boolean first, Optional<Instant> effectiveFrom, Instant now) {
        if (effectiveFrom.filter(time -> time.isBefore(now)).isPresent()) {
            throw new InvalidValue(
                    "effectiveFrom", "must not have passed: what was reckoned until now stays as it was");
        }
        return first ? effectiveFrom : Optional.of(effectiveFrom.orElse(now));
    }

    private List<ModelPrice> rows(
            ModelRef model, List<PriceTerms> terms, String currency, Optional<Instant> from, Instant now) {
        if (terms.isEmpty()) {
            throw new InvalidValue("prices", "must be 1 to " + ModelPrice.MAX_TERMS);
        }
        var rows = new ArrayList<ModelPrice>(terms.size());
        for (int i = 0; i < terms.size(); i++) {
            rows.add(new ModelPrice(new ModelPriceId(ids.next()), model, from, i, terms.get(i), currency, now));
        }
        return rows;
    }

    /** All prices a model ever had, oldest first. Refuses one that does not exist. */
    public List<ModelPrice> history(ModelRef model) {
        var book = book();
        if (book.find(model).isEmpty()) {
            throw new NotFound("model", model);
        }
        return book.history(model);
    }
}

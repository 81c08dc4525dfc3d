package io.allotment.application.billing;

import io.allotment.application.access.Acting;
import io.allotment.application.shared.Moments;
import io.allotment.application.shared.PresentAccounts;
import io.allotment.domain.Persistence;
import io.allotment.domain.audit.AuditEvent;
import io.allotment.domain.audit.AuditValues;
import io.allotment.domain.billing.CreditProduct;
import io.allotment.domain.credit.CreditEntry;
import io.allotment.domain.credit.CreditGrant;
import io.allotment.domain.credit.CreditReason;
import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.GrantId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.IdempotencyKeyReused;
import io.allotment.domain.shared.Ids;
import io.allotment.domain.shared.Money;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Page;
import io.allotment.domain.shared.PageRequest;
import io.allotment.domain.shared.ProductKey;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.Text;
import io.allotment.domain.shared.Unknown;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The credits that are for sale, and giving them away. Everybody may look. Thread-safe. */
public final class CreditProductService {

    private final Persistence persistence;
    private final PresentAccounts accounts;
    private final Ids ids;
    private final Moments moments;
    private final Acting acting;

    public CreditProductService(Persistence persistence, Ids ids, Moments moments, Acting acting) {
        this.persistence = persistence;
        this.accounts = new PresentAccounts(persistence);
        this.ids = ids;
        this.moments = moments;
        this.acting = acting;
    }

    /** Refuses a taken key. */
    public CreditProduct create(CreditProduct product) {
        acting.requireOperator();
        Money.requireCurrency("currency", product.price().currency());
        return persistence.unitOfWork().forPlatform(() -> {
            persistence.creditProducts().insert(product, moments.now());
            acting.record(AuditEvent.of("credit-product.created", "credit-product", product.key())
                    .to(values(product)));
            return product;
        });
    }

    /** Changes what it is called and whether it is for sale, and no more. */
    public CreditProduct update(ProductKey key, UnaryOperator<CreditProduct> change) {
        acting.requireOperator();
        return persistence.unitOfWork().forPlatform(() -> {
            var present = persistence.creditProducts().lock(key).orElseThrow(() -> new NotFound("credit product", key));
            var changed = present.changedTo(change.apply(present));
            persistence.creditProducts().update(changed, moments.now());
            if (!changed.equals(present)) {
                acting.record(AuditEvent.of("credit-product.updated", "credit-product", key)
                        .changing(values(present), values(changed)));
            }
            return changed;
        });
    }

    /** Nobody can buy it any more, nor can it be given; purchases that wait for their payment go on. */
    public CreditProduct archive(ProductKey key) {
        return update(key, product -> product.active(false));
    }

    public CreditProduct get(ProductKey key) {
        return persistence.unitOfWork().forPlatform(() -> product(key));
    }

    /** In the order of their keys, archived ones too. */
    public Page<CreditProduct> list(PageRequest page) {
        return persistence
                .unitOfWork()
                .forPlatform(() -> persistence.creditProducts().list(page));
    }

    /**
     * Gives the account what the product gives, for nothing. Refuses one that is archived. Happens once for the key: the same again gives the same
     * grant, another gift under it is refused ({@link IdempotencyKeyReused}).
     *
     * @param reason why, for the ledger
     */
    public CreditGrant gift(TenantId tenantId, AccountId account, ProductKey key, IdempotencyKey once, String reason) {
        acting.requireOperator(tenantId);
        var why = Text.prose("reason", reason, 2_000);
        return persistence.unitOfWork().forTenant(tenantId, () -> {
            var now = moments.now();
            var present = accounts.open(tenantId, account, now);
            var earlier = persistence.credits().findEntry(tenantId, once);
            if (earlier.isPresent()) {
                return given(tenantId, account, key, why, earlier.get());
            }
            var product = persistence
                    .creditProducts()
                    .find(key)
                    .orElseThrow(() -> new Unknown("credit product", "product", key));
            product.requireActive();
            product.expiry().requirePeriod(present.subscription(), now);
            var zone = persistence.tenants().find(tenantId).orElseThrow().timeZone();
            var terms = product.gift(why, now, zone, present.subscription());
            var grant = CreditGrant.of(tenantId, new GrantId(ids.next()), account, terms, now);
            var because = CreditReason.about(terms, acting.actor(), terms.description(), Optional.of(once));
            persistence.credits().save(present.credits().grant(grant, CreditEntry.Type.GRANTED, because, now));
            acting.record(
                    tenantId,
                    AuditEvent.of("credit-product.given", "credit-grant", grant.id())
                            .to(AuditValues.of("account", account)
                                    .and("product", key)
                                    .and("amount", terms.amount())
                                    .and("expiresAt", terms.expiresAt())
                                    .and("reason", why)
                                    .map()));
            return grant;
        });
    }

    private CreditGrant given(
            TenantId tenant, AccountId account, ProductKey product, String reason, CreditEntry earlier) {
        return Optional.of(earlier)
                .filter(entry -> entry.accountId().equals(account) && entry.type() == CreditEntry.Type.GRANTED)
                .flatMap(entry -> persistence
                        .credits()
                        .findGrant(tenant, entry.draws().get(0).grant()))
                .filter(grant -> CreditProduct.isGift(grant.terms(), product, reason))
                .orElseThrow(() -> new IdempotencyKeyReused(
                        earlier.reason().idempotencyKey().orElseThrow()));
    }

    private CreditProduct product(ProductKey key) {
        return persistence.creditProducts().find(key).orElseThrow(() -> new NotFound("credit product", key));
    }

    private static Map<String, Object> values(CreditProduct product) {
        return AuditValues.of("name", product.name())
                .and("description", product.description())
                .and("credits", product.credits())
                .and("amountMinor", product.price().amountMinor())
                .and("currency", product.price().currency())
                .and("expiry", product.expiry().kind())
                .and("expiryCount", product.expiry().count())
                .and("active", product.active())
                .and("stripePriceId", product.stripePriceId())
                .and("stripeProductId", product.stripeProductId())
                .map();
    }
}

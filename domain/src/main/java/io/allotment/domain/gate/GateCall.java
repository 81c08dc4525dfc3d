package io.allotment.domain.gate;

import static java.util.Objects.requireNonNull;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.subscription.BillingAccount;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * One request to the gate.
 *
 * @param id the decision's, should there be a new one
 * @param key required for all verbs but {@code CHECK}, which takes none
 */
public record GateCall(DecisionId id, TenantId tenantId, Optional<IdempotencyKey> key, GateRequest request) {

    public GateCall {
        requireNonNull(id, "id");
        requireNonNull(tenantId, "tenantId");
        requireNonNull(key, "key");
        requireNonNull(request, "request");
        if ((request.verb() == Verb.CHECK) == key.isPresent()) {
            throw new IllegalArgumentException("CHECK takes no idempotency key, the other verbs need one");
        }
    }

    public Verb verb() {
        return request.verb();
    }

    /** Who acts, where the request says it; settling and the like are done by whoever reserved. */
    public Optional<Actor> actor() {
        if (request instanceof GateRequest.OfCharge of) {
            return Optional.of(of.charge().actor());
        }
        if (request instanceof GateRequest.Deallocate deallocate) {
            return Optional.of(deallocate.actor());
        }
        return request instanceof GateRequest.Refund refund ? Optional.of(refund.actor()) : Optional.empty();
    }

    /**
     * Whose accounts may pay, best first: the one that is named, else the member's, else the tenant's. None where a
     * reservation or a decision tells.
     */
    public List<AccountId> payers() {
        if (request instanceof GateRequest.OfCharge of) {
            return payers(of.charge().account(), of.charge().actor());
        }
        return request instanceof GateRequest.Deallocate deallocate
                ? payers(deallocate.account(), deallocate.actor())
                : List.of();
    }

    private List<AccountId> payers(Optional<AccountId> named, Actor actor) {
        if (named.isPresent()) {
            return List.of(named.get());
        }
        var tenant = BillingAccount.idOf(tenantId);
        return actor.member()
                .map(member -> List.of(BillingAccount.idOf(member), tenant))
                .orElseGet(() -> List.of(tenant));
    }

    /**
     * SHA-256 in hex over what makes the request this one: verb, account, actor, lines, model and tokens; when it was, where
     * it says that; what it is about, where it is about a reservation, an allocation or a decision. What a charge is for is not asked.
     */
    public String fingerprint() {
        return sha256(text());
    }

    /**
     * The same of a charge that takes an allocated feature: there what it is for decides what happens, so that it is asked,
     * too.
     */
    String allocatingFingerprint() {
        var text = text();
        if (request instanceof GateRequest.OfCharge of) {
            of.charge().relatedTo().ifPresent(entity -> related(text, entity));
        }
        return sha256(text);
    }

    /**
     * Whether a decision was kept for this very request. Which of the two fingerprints was kept, the catalogue of that time
     * has decided; neither can be taken for the other.
     */
    boolean isKeptAs(String kept) {
        return kept.equals(fingerprint()) || kept.equals(allocatingFingerprint());
    }

    private StringBuilder text() {
        var text = new StringBuilder(200).append(verb());
        if (request instanceof GateRequest.OfCharge of) {
            var charge = of.charge();
            payer(text, charge.account(), charge.actor());
            work(text, charge.lines(), charge.model(), charge.tokens());
            charge.provider().ifPresent(name -> text.append("\nprovider ").append(name));
            charge.pricedAt().ifPresent(time -> text.append("\npriced at ").append(time));
            if (request instanceof GateRequest.Record recorded) {
                recorded.at().ifPresent(at -> text.append("\nat ").append(at));
            }
        } else if (request instanceof GateRequest.OfReservation of) {
            text.append("\nreservation ").append(of.reservation());
            if (request instanceof GateRequest.Settle settle) {
                work(text, settle.lines(), settle.model(), settle.tokens());
                settle.provider().ifPresent(name -> text.append("\nprovider ").append(name));
            }
        } else if (request instanceof GateRequest.Deallocate deallocate) {
            payer(text, deallocate.account(), deallocate.actor());
            text.append("\nfeature ").append(deallocate.feature());
            related(text, deallocate.relatedTo());
            deallocate
                    .quantity()
                    .ifPresent(quantity -> text.append("\nquantity ").append(quantity));
        } else if (request instanceof GateRequest.Refund refund) {
            payer(text, Optional.empty(), refund.actor());
            text.append("\ndecision ").append(refund.decision());
        }
        return text;
    }

    private static String sha256(StringBuilder text) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(text.toString().getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException everyJvmHasIt) {
            throw new IllegalStateException(everyJvmHasIt);
        }
    }

    private static void related(StringBuilder text, RelatedEntity entity) {
        text.append("\ntype ").append(entity.type()).append("\nid ").append(entity.id());
    }

    private static void payer(StringBuilder text, Optional<AccountId> account, Actor actor) {
        text.append('\n').append(account.map(AccountId::toString).orElse("")).append('\n');
        text.append(
                actor instanceof Actor.System
                        ? "system"
                        : actor.member().map(Object::toString).orElse(""));
        actor.key().ifPresent(key -> text.append(" key ").append(key));
    }

    private static void work(StringBuilder text, List<Charge.Line> lines, Optional<String> model, TokenCounts tokens) {
        lines.forEach(
                line -> text.append('\n').append(line.operation()).append(' ').append(line.quantity()));
        text.append("\nmodel ").append(model.orElse(""));
        tokens.byClass()
                .forEach((tokenClass, count) ->
                        text.append('\n').append(tokenClass).append(' ').append(count));
    }
}

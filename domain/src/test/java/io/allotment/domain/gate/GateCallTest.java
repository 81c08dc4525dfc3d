package io.allotment.domain.gate;

import static io.allotment.domain.gate.World.ADA;
import static io.allotment.domain.gate.World.STRANGER;
import static io.allotment.domain.gate.World.TENANT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.shared.AccountId;
import io.allotment.domain.shared.Actor;
import io.allotment.domain.shared.ApiKeyId;
import io.allotment.domain.shared.DecisionId;
import io.allotment.domain.shared.Document;
import io.allotment.domain.shared.FeatureKey;
import io.allotment.domain.shared.IdempotencyKey;
import io.allotment.domain.shared.OperationKey;
import io.allotment.domain.shared.Quantity;
import io.allotment.domain.shared.RelatedEntity;
import io.allotment.domain.shared.ReservationId;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.TokenCounts;
import io.allotment.domain.subscription.BillingAccount;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GateCallTest {

    private static final Charge TURN = Charge.of("chat.turn", 2);
    private static final OperationKey KEY = new OperationKey("chat.turn");
    private static final AccountId SOME = new AccountId(new UUID(7, 1));
    private static final AccountId ANOTHER = new AccountId(new UUID(7, 2));

    @Test
    void the_fingerprint_differs_with_each_part_of_the_request() {
        var charges = new Charge[] {
            TURN,
            Charge.of("chat.turn", 3),
            Charge.of("chat.word", 2),
            TURN.and("chat.turn", 2),
            TURN.and("chat.word", 1),
            Charge.of("chat.word", 1).and("chat.turn", 2),
            Charge.of("chat.turn", 4),
            TURN.on(SOME),
            TURN.on(ANOTHER),
            TURN.by(Actor.user(ADA)),
            TURN.by(Actor.user(STRANGER)),
            TURN.using("opus", TokenCounts.NONE),
            TURN.using("haiku", TokenCounts.NONE),
            TURN.using("opus", TokenCounts.of(1, 2)),
            TURN.using("opus", TokenCounts.of(2, 1)),
            TURN.using("opus", TokenCounts.of(12, 0)),
            TURN.using("opus", tokens(TokenCounts.TokenClass.CACHE_READ, "12")),
            TURN.using("opus", tokens(TokenCounts.TokenClass.REASONING, "12")),
            TURN.using("INPUT 12", TokenCounts.NONE)
        };

        assertThat(charges).extracting(charge -> consume(charge).fingerprint()).doesNotHaveDuplicates();
    }

    @Test
    void the_fingerprint_differs_with_the_verb() {
        assertThat(fingerprint(TURN))
                .isNotEqualTo(call(new GateRequest.Check(TURN)).fingerprint())
                .isNotEqualTo(call(new GateRequest.Reserve(TURN, 60)).fingerprint());
    }

    @Test
    void the_fingerprint_is_that_of_equal_decimals() {
        assertThat(fingerprint(Charge.of(KEY, Quantity.of("1.50"))))
                .isEqualTo(fingerprint(Charge.of(KEY, Quantity.of("1.5"))));
        assertThat(fingerprint(Charge.of(KEY, Quantity.of("100.000"))))
                .isEqualTo(fingerprint(Charge.of(KEY, Quantity.of(100))));
        assertThat(fingerprint(TURN.using("opus", tokens(TokenCounts.TokenClass.INPUT, "2.0"))))
                .isEqualTo(fingerprint(TURN.using("opus", tokens(TokenCounts.TokenClass.INPUT, "2"))));
        assertThat(fingerprint(TURN.using("opus", TokenCounts.of(0, 0))))
                .isEqualTo(fingerprint(TURN.using("opus", TokenCounts.NONE)));
    }

    @Test
    void the_fingerprint_does_not_ask_what_it_was_for_nor_which_try_it_is() {
        var again = new GateCall(
                new DecisionId(new UUID(3, 3)),
                new TenantId(new UUID(3, 4)),
                Optional.of(new IdempotencyKey("another")),
                new GateRequest.Consume(TURN.relatedTo("meeting", "42").with(Document.of("note", "x"))));

        assertThat(again.fingerprint()).isEqualTo(fingerprint(TURN));
    }

    @Test
    void what_it_was_for_tells_charges_apart_that_were_kept_as_allocating() {
        var call = consume(TURN.relatedTo("user", "1"));

        assertThat(call.isKeptAs(call.allocatingFingerprint())).isTrue();
        assertThat(call.isKeptAs(call.fingerprint())).isTrue();
        assertThat(Stream.of(TURN.relatedTo("user", "2"), TURN.relatedTo("team", "1"), TURN)
                        .map(other -> consume(other).isKeptAs(call.allocatingFingerprint())))
                .containsOnly(false);
    }

    @Test
    void the_fingerprint_is_a_sha_256_in_hex() {
        assertThat(fingerprint(TURN)).matches("[0-9a-f]{64}");
    }

    @Test
    void the_payers_are_the_named_account_alone_else_the_member_s_before_the_tenant_s() {
        var tenants = BillingAccount.idOf(TENANT);

        assertThat(consume(TURN).payers()).containsExactly(tenants);
        assertThat(consume(TURN.by(Actor.user(ADA))).payers()).containsExactly(BillingAccount.idOf(ADA), tenants);
        assertThat(consume(TURN.by(Actor.user(ADA)).on(SOME)).payers()).containsExactly(SOME);
    }

    static Stream<GateRequest> requests() {
        var reservation = new ReservationId(new UUID(8, 1));
        return Stream.of(
                new GateRequest.Check(TURN),
                new GateRequest.Consume(TURN),
                new GateRequest.Reserve(TURN, 60),
                new GateRequest.Renew(reservation, 60),
                settle(reservation, TURN),
                new GateRequest.Release(reservation),
                deallocate("seats", "user", "1", "1"),
                new GateRequest.Refund(new DecisionId(new UUID(8, 1)), Actor.system(), "wrong"),
                new GateRequest.Record(TURN, Optional.empty()));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void a_check_takes_no_key_and_every_other_verb_needs_one(GateRequest request) {
        Optional<IdempotencyKey> wrong =
                request.verb() == Verb.CHECK ? Optional.of(new IdempotencyKey("k")) : Optional.empty();

        assertThatThrownBy(() -> new GateCall(new DecisionId(new UUID(3, 3)), TENANT, wrong, request))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void every_verb_is_among_the_requests() {
        assertThat(requests().map(GateRequest::verb)).contains(Verb.values());
    }

    @Test
    void the_fingerprint_differs_with_what_the_request_is_about_and_what_it_wants_of_it() {
        var one = new ReservationId(new UUID(8, 1));
        var other = new ReservationId(new UUID(8, 2));
        var requests = Stream.concat(
                requests(),
                Stream.of(
                        new GateRequest.Reserve(TURN.on(SOME), 60),
                        new GateRequest.Record(TURN, Optional.of(Instant.EPOCH)),
                        new GateRequest.Record(TURN.on(SOME), Optional.empty()),
                        new GateRequest.Renew(other, 60),
                        settle(other, TURN),
                        settle(one, Charge.of("chat.turn", 3)),
                        settle(one, Charge.of("chat.word", 2)),
                        settle(one, TURN.using("opus", TokenCounts.NONE)),
                        settle(one, TURN.using("opus", TokenCounts.of(1, 2))),
                        new GateRequest.Release(other),
                        deallocate("boxes", "user", "1", "1"),
                        deallocate("seats", "team", "1", "1"),
                        deallocate("seats", "user", "2", "1"),
                        deallocate("seats", "user", "1", "2"),
                        deallocate("seats", "user", "1", null),
                        new GateRequest.Refund(new DecisionId(new UUID(8, 2)), Actor.system(), "wrong")));

        assertThat(requests.map(request -> call(request).fingerprint())).doesNotHaveDuplicates();
    }

    @Test
    void the_fingerprint_tells_a_key_from_its_member() {
        var key = new ApiKeyId(new UUID(6, 1));
        var actors = Stream.of(
                Actor.system(),
                Actor.user(ADA),
                Actor.apiKey(key),
                Actor.apiKey(key, ADA),
                Actor.apiKey(key, STRANGER),
                Actor.apiKey(new ApiKeyId(new UUID(6, 2)), ADA));

        assertThat(actors.map(actor -> fingerprint(TURN.by(actor)))).doesNotHaveDuplicates();
    }

    @Test
    void the_fingerprint_does_not_ask_for_leases_metadata_and_reasons() {
        var reservation = new ReservationId(new UUID(8, 1));
        var decision = new DecisionId(new UUID(8, 1));

        assertThat(call(new GateRequest.Reserve(TURN, 60)).fingerprint())
                .isEqualTo(call(new GateRequest.Reserve(TURN, 61)).fingerprint());
        assertThat(call(new GateRequest.Renew(reservation, 60)).fingerprint())
                .isEqualTo(call(new GateRequest.Renew(reservation, 61)).fingerprint());
        assertThat(call(settle(reservation, TURN.with(Document.of("note", "x"))))
                        .fingerprint())
                .isEqualTo(call(settle(reservation, TURN)).fingerprint());
        assertThat(call(new GateRequest.Refund(decision, Actor.system(), "wrong"))
                        .fingerprint())
                .isEqualTo(call(new GateRequest.Refund(decision, Actor.system(), "twice"))
                        .fingerprint());
    }

    @Test
    void settling_and_the_like_are_done_by_whoever_reserved_and_paid_by_the_same() {
        var release = call(new GateRequest.Release(new ReservationId(new UUID(8, 1))));

        assertThat(release.actor()).isEmpty();
        assertThat(release.payers()).isEmpty();
    }

    @Test
    void what_is_allocated_is_given_back_by_the_member_s_account_before_the_tenant_s() {
        var deallocate = new GateRequest.Deallocate(
                Optional.empty(),
                Actor.apiKey(new ApiKeyId(new UUID(6, 1)), ADA),
                new FeatureKey("seats"),
                new RelatedEntity("user", "1"),
                Optional.empty());

        assertThat(call(deallocate).payers()).containsExactly(BillingAccount.idOf(ADA), BillingAccount.idOf(TENANT));
    }

    private static GateRequest settle(ReservationId reservation, Charge used) {
        return new GateRequest.Settle(reservation, used.lines(), used.model(), used.tokens(), used.metadata());
    }

    private static GateRequest deallocate(String feature, String type, String id, String quantity) {
        return World.releasing(feature, type, id, Optional.ofNullable(quantity).map(Quantity::of));
    }

    private static String fingerprint(Charge charge) {
        return consume(charge).fingerprint();
    }

    private static GateCall consume(Charge charge) {
        return call(new GateRequest.Consume(charge));
    }

    private static GateCall call(GateRequest request) {
        return new GateCall(
                new DecisionId(new UUID(3, 1)),
                TENANT,
                request.verb() == Verb.CHECK ? Optional.empty() : Optional.of(new IdempotencyKey("k")),
                request);
    }

    private static TokenCounts tokens(TokenCounts.TokenClass tokenClass, String count) {
        return new TokenCounts(Map.of(tokenClass, Quantity.of(count)));
    }
}

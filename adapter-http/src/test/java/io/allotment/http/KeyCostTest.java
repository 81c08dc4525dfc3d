package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.Persistence;
import io.allotment.domain.access.Caller;
import io.allotment.domain.apikey.KeySecret;
import io.allotment.domain.shared.NotFound;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.Slug;
import io.allotment.domain.shared.TenantId;
import io.allotment.persistence.memory.InMemoryPersistence;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.security.MessageDigest;
import java.security.MessageDigestSpi;
import java.security.NoSuchAlgorithmException;
import java.security.NoSuchProviderException;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What it costs to refuse: a caller must not tell a key that there is from one that there is not by the work we do. */
class KeyCostTest extends HttpTest {

    private static final AtomicInteger HASHES = new AtomicInteger();
    private static final Provider COUNTING = new Counting();

    /** What the repositories and the unit of work were asked, by name. */
    private final List<String> asked = new ArrayList<>();

    private TenantId tenant;
    private TenantId other;

    @BeforeAll
    static void count_hashes() {
        Security.insertProviderAt(COUNTING, 1);
    }

    @AfterAll
    static void count_no_more() {
        Security.removeProvider(COUNTING.getName());
    }

    @Override
    Persistence persistence() {
        return noting(Persistence.class, new InMemoryPersistence());
    }

    /** Notes what a repository is asked. */
    private <T> T noting(Class<T> type, Object target) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    try {
                        var result = method.invoke(target, arguments);
                        if (type == Persistence.class) {
                            return noting(method.getReturnType(), result);
                        }
                        if (!method.getName().equals("isOpen")) {
                            synchronized (asked) {
                                asked.add(type.getSimpleName() + "." + method.getName());
                            }
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    @BeforeEach
    void two_tenants() {
        tenant = given.tenant().id();
        other = given.tenant().id();
    }

    @Test
    void a_wrong_key_and_another_tenants_key_cost_the_same() {
        var theirs = made(other);
        var wrong = KeySecret.generate("live", new SecureRandom()).reveal();

        var costOfTheirs = cost(theirs, 404);
        var costOfWrong = cost(wrong, 401);

        assertThat(costOfTheirs).isEqualTo(costOfWrong);
        assertThat(costOfWrong).isEqualTo(new Cost(1, List.of("ApiKeys.findBySecret", "UnitOfWork.forPlatform")));
    }

    @Test
    void known_already_they_cost_no_question() {
        var theirs = made(other);
        var wrong = KeySecret.generate("live", new SecureRandom()).reveal();
        cost(theirs, 404);
        cost(wrong, 401);

        assertThat(cost(theirs, 404)).isEqualTo(new Cost(1, List.of()));
        assertThat(cost(wrong, 401)).isEqualTo(new Cost(1, List.of()));
    }

    @Test
    void after_a_second_they_are_asked_for_again() {
        var theirs = made(other);
        var wrong = KeySecret.generate("live", new SecureRandom()).reveal();
        cost(theirs, 404);
        cost(wrong, 401);

        clock.advance(Duration.ofSeconds(1));

        assertThat(cost(theirs, 404)).isEqualTo(cost(wrong, 401));
        assertThat(cost(KeySecret.generate("live", new Random(3)).reveal(), 401).questions())
                .isNotEmpty();
    }

    @Test
    void a_wrong_checksum_costs_nothing() {
        var secret = made(tenant);
        char last = secret.charAt(secret.length() - 1);
        var mistyped = secret.substring(0, secret.length() - 1) + (last == 'a' ? 'b' : 'a');

        assertThat(cost(mistyped, 401)).isEqualTo(new Cost(0, List.of()));
    }

    @Test
    void to_a_user_and_to_a_key_anothers_tenant_costs_what_one_that_there_is_not_does() {
        var token = api.open("/v1/sign-up", """
                {"email": "ada@example.org", "password": "analytical engine", "displayName": "Ada"}""").is(201).at("/token");
        for (var secret : List.of(token, made(tenant))) {
            var unknown = UUID.randomUUID();
            // So that it is known already who asks, and what permissions there are.
            cost(secret, "/v1/tenants/" + UUID.randomUUID(), 404);

            assertThat(cost(secret, "/v1/tenants/" + other, 404))
                    .isEqualTo(cost(secret, "/v1/tenants/" + unknown, 404));
            assertThat(cost(secret, "/v1/tenants/" + other, 404))
                    .isEqualTo(cost(secret, "/v1/tenants/" + unknown, 404));
        }
        assertThat(cost(token, "/v1/tenants/" + UUID.randomUUID(), 404).questions())
                .contains("Memberships.find");
    }

    @Test
    void to_a_user_and_to_a_key_anothers_slug_costs_what_one_that_there_is_not_does() {
        var token = api.open("/v1/sign-up", """
                {"email": "ada@example.org", "password": "analytical engine", "displayName": "Ada"}""").is(201).at("/token");
        var theirs = allotment.tenants().get(other).slug().value();
        var keyed = allotment.apiKeys().verify(made(tenant), Origin.HERE).caller(Origin.HERE);
        var user = allotment.sessions().verify(token, Origin.HERE);
        for (var caller : List.of(user.orElseThrow(), keyed.orElseThrow())) {
            questions(caller, "nobodys-first");

            for (int i = 0; i < 2; i++) {
                assertThat(questions(caller, theirs)).isEqualTo(questions(caller, "nobodys"));
            }
        }
        assertThat(questions(user.orElseThrow(), "nobodys-last")).contains("Tenants.findBySlug", "Memberships.find");
    }

    private List<String> questions(Caller caller, String slug) {
        asked.clear();
        assertThatThrownBy(() -> allotment.as(caller).tenants().getBySlug(new Slug(slug)))
                .isInstanceOf(NotFound.class)
                .hasMessageContaining(slug);
        return List.copyOf(asked);
    }

    private record Cost(int hashes, List<String> questions) {}

    private Cost cost(String secret, int status) {
        return cost(secret, "/v1/tenants/" + tenant + "/accounts", status);
    }

    private Cost cost(String secret, String path, int status) {
        asked.clear();
        HASHES.set(0);
        api.request("GET", path)
                .header("Authorization", "Bearer " + secret)
                .send()
                .is(status);
        return new Cost(HASHES.get(), List.copyOf(asked));
    }

    private String made(TenantId where) {
        return api.post("/v1/tenants/" + where + "/api-keys", """
                {"name": "key", "scopes": ["account:read"]}""").is(201).at("/secret");
    }

    /** Counts who asks for SHA-256. */
    private static final class Counting extends Provider {

        private static final long serialVersionUID = 1;

        Counting() {
            super("Counting", "1", "counts hashes");
            putService(new Service(this, "MessageDigest", "SHA-256", Digest.class.getName(), null, null) {
                @Override
                public Object newInstance(Object parameter) {
                    return new Digest();
                }
            });
        }
    }

    private static final class Digest extends MessageDigestSpi {

        private final MessageDigest digest;

        Digest() {
            try {
                digest = MessageDigest.getInstance("SHA-256", "SUN");
            } catch (NoSuchAlgorithmException | NoSuchProviderException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        protected void engineUpdate(byte input) {
            digest.update(input);
        }

        @Override
        protected void engineUpdate(byte[] input, int offset, int length) {
            digest.update(input, offset, length);
        }

        @Override
        protected byte[] engineDigest() {
            HASHES.incrementAndGet();
            return digest.digest();
        }

        @Override
        protected void engineReset() {
            digest.reset();
        }
    }
}

package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.allotment.domain.shared.TenantId;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RateLimitTest extends HttpTest {

    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final AtomicLong nanoseconds = new AtomicLong();

    private TenantId tenant;
    private String keys;

    /** Six of a tenant's keys together, four of strangers. */
    @Override
    HttpApi.Builder configured() {
        return super.configured()
                .rateLimits(new HttpApi.RateLimits(6, 5, 4))
                .trustedProxy("127.0.0.0/8")
                .nanoseconds(nanoseconds::get);
    }

    @BeforeEach
    void a_tenant() {
        tenant = given.tenant().id();
        keys = "/v1/tenants/" + tenant + "/api-keys";
    }

    @Test
    void a_key_is_held_to_its_limit_and_told_of_it() {
        var secret = secret(tenant, 3);

        var first = as(secret).is(200);
        assertThat(limits(first)).isEqualTo("3 2 20");
        assertThat(limits(as(secret).is(200))).isEqualTo("3 1 40");
        assertThat(limits(as(secret).is(200))).isEqualTo("3 0 60");

        var refused = as(secret).isProblem(429, "too-many-requests", null);
        assertThat(limits(refused)).isEqualTo("3 0 60");
        assertThat(refused.header("Retry-After")).isEqualTo("20");
    }

    @Test
    void what_was_used_comes_back_evenly() {
        var secret = secret(tenant, 3);
        for (int i = 0; i < 3; i++) {
            as(secret).is(200);
        }

        nanoseconds.addAndGet(MINUTE / 3 - 1);
        assertThat(as(secret).is(429).header("Retry-After")).isEqualTo("1");
        nanoseconds.addAndGet(1);

        as(secret).is(200);
        as(secret).is(429);
        nanoseconds.addAndGet(MINUTE);
        for (int i = 0; i < 3; i++) {
            as(secret).is(200);
        }
    }

    @Test
    void all_keys_of_a_tenant_are_held_to_one_limit_and_others_are_not() {
        var one = secret(tenant, 0);
        var two = secret(tenant, 0);
        var other = given.tenant().id();
        var theirs = secret(other, 0);

        for (int i = 0; i < 3; i++) {
            as(one).is(200);
            as(two).is(200);
        }

        as(one).is(429);
        as(two).is(429);
        asIn(other, theirs).is(200);
    }

    @Test
    void what_the_tenants_limit_refuses_does_not_count_for_the_key() {
        var limited = secret(tenant, 4);
        var other = secret(tenant, 0);
        for (int i = 0; i < 6; i++) {
            as(other).is(200);
        }
        for (int i = 0; i < 5; i++) {
            as(limited).is(429);
        }

        nanoseconds.addAndGet(MINUTE);

        for (int i = 0; i < 4; i++) {
            as(limited).is(200);
        }
    }

    @Test
    void a_changed_limit_counts_from_the_next_request_on() {
        var made = made(tenant, 2);
        as(made.at("/secret")).is(200);
        as(made.at("/secret")).is(200);
        as(made.at("/secret")).is(429);

        api.patch(keys + "/" + made.at("/id"), """
                {"requestsPerMinute": 4}""").is(200);

        assertThat(limits(as(made.at("/secret")).is(200))).isEqualTo("4 3 15");
    }

    @Test
    void who_is_not_known_is_held_to_a_limit_by_the_address() {
        for (int i = 0; i < 4; i++) {
            stranger("203.0.113.1").is(401);
        }

        var refused = stranger("203.0.113.1").isProblem(429, "too-many-requests", null);

        assertThat(refused.header("Retry-After")).isEqualTo("15");
        stranger("203.0.113.2").is(401);
        nanoseconds.addAndGet(MINUTE);
        stranger("203.0.113.1").is(401);
    }

    @Test
    void over_ipv6_strangers_of_one_block_are_one_and_a_mapped_address_is_the_one_it_maps() {
        for (int i = 1; i <= 4; i++) {
            stranger("2001:db8:0:1::" + i).is(401);
            stranger("203.0.113." + i).is(401);
        }

        stranger("2001:db8:0:1:ffff::").is(429);
        stranger("2001:db8:0:2::1").is(401);
        for (int i = 0; i < 3; i++) {
            stranger("::ffff:203.0.113.1").is(401);
        }
        stranger("203.0.113.1").is(429);
    }

    @Test
    void who_comes_from_an_address_that_cannot_be_read_does_not_count_for_the_proxy() {
        for (int i = 0; i < 4; i++) {
            stranger("nonsense").is(401);
        }

        stranger("_hidden").is(429);
        api.request("GET", keys).header("Authorization", "Bearer wrong").send().is(401);
    }

    @Test
    void a_good_key_is_taken_from_an_address_that_guessed_too_often() {
        var secret = secret(tenant, 0);
        for (int i = 0; i < 9; i++) {
            api.request("GET", keys).without("Authorization").bad().send();
        }

        as(secret).is(200);
    }

    @Test
    void the_root_key_has_no_limit() {
        for (int i = 0; i < 20; i++) {
            assertThat(api.get(keys).is(200).header("RateLimit-Limit")).isNull();
        }
    }

    @Test
    void open_pages_have_no_limit() {
        for (int i = 0; i < 20; i++) {
            api.request("GET", "/livez").without("Authorization").send().is(200);
        }
    }

    private Client.Answer stranger(String address) {
        return api.request("GET", keys)
                .header("Authorization", "Bearer wrong")
                .header("X-Forwarded-For", address)
                .send();
    }

    private Client.Answer as(String secret) {
        return asIn(tenant, secret);
    }

    private Client.Answer asIn(TenantId where, String secret) {
        return api.request("GET", "/v1/tenants/" + where + "/api-keys")
                .header("Authorization", "Bearer " + secret)
                .send();
    }

    private String secret(TenantId where, int perMinute) {
        return made(where, perMinute).at("/secret");
    }

    private Client.Answer made(TenantId where, int perMinute) {
        var limit = perMinute == 0 ? "" : ", \"requestsPerMinute\": " + perMinute;
        return api.post(
                        "/v1/tenants/" + where + "/api-keys",
                        "{\"name\": \"key\", \"scopes\": [\"key:read\"]" + limit + "}")
                .is(201);
    }

    private static String limits(Client.Answer answer) {
        return answer.header("RateLimit-Limit") + " " + answer.header("RateLimit-Remaining") + " "
                + answer.header("RateLimit-Reset");
    }
}

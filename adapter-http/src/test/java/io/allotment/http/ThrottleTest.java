package io.allotment.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.allotment.domain.access.Caller;
import io.allotment.domain.shared.Origin;
import io.allotment.domain.shared.UserId;
import io.javalin.http.Context;
import jakarta.servlet.http.HttpServletResponse;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ThrottleTest {

    private final Throttle throttle = new Throttle(new HttpApi.RateLimits(1, 1, 1), () -> 0, 3);
    private final Context context = context();

    @Test
    void strangers_drive_nobody_out_who_is_known() {
        var user = Caller.user(new UserId(new UUID(0, 1)), Origin.HERE);
        throttle.count(context, user, Optional.empty());

        for (int i = 0; i < 1_000; i++) {
            throttle.countStranger(context, "198.51." + i / 250 + "." + i % 250);
        }

        assertThatThrownBy(() -> throttle.count(context, user, Optional.empty()))
                .isInstanceOfSatisfying(
                        Rejected.class,
                        refused -> assertThat(refused.status().getCode()).isEqualTo(429));
    }

    /** An answer that takes headers, and has none yet. */
    private static Context context() {
        var response = proxy(HttpServletResponse.class, null);
        return proxy(Context.class, response);
    }

    private static <T> T proxy(Class<T> type, HttpServletResponse response) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> switch (method.getName()) {
                    case "res" -> response;
                    case "header" -> self;
                    default -> null;
                }));
    }
}

package io.allotment.http;

import io.allotment.Allotment;
import io.allotment.application.identity.SessionService;
import io.allotment.domain.access.Caller;
import io.allotment.domain.apikey.KeySecret;
import io.allotment.domain.shared.Origin;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpStatus;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Finds out who calls by the bearer token of {@code Authorization}; nobody else is let in to anything under {@code /v1}. */
final class Access {

    private static final long DOTS_OF_A_JWT = 2;
    private static final String SCHEME = "Bearer ";
    private static final String ACTING = "allotment";

    /** The way in: what is done there depends on nobody's rights. */
    private static final Set<String> OPEN = SignInRoutes.OPEN.stream()
            .map(path -> HandlerType.POST + " " + Routes.ROOT + path)
            .collect(Collectors.toUnmodifiableSet());

    private final Allotment allotment;
    private final Predicate<String> isRootKey;
    private final RemoteAddresses addresses;
    private final Throttle throttle;

    /** @param isRootKey in a time that tells nothing of a wrong one */
    Access(Allotment allotment, Predicate<String> isRootKey, RemoteAddresses addresses, Throttle throttle) {
        this.allotment = allotment;
        this.isRootKey = isRootKey;
        this.addresses = addresses;
        this.throttle = throttle;
    }

    /** Refuses a call of nobody, whether its route exists or not. */
    void check(Context context) {
        // Routes are found by this same text, so what does not begin like this reaches none of them.
        var path = context.path();
        if (path.equals(Routes.ROOT) || path.startsWith(Routes.ROOT + "/")) {
            context.header("Cache-Control", "no-store");
            context.attribute(ACTING, allotment.as(caller(context, path)));
        }
    }

    /** A gateway shows who it is by its signature, and is not to be kept waiting. */
    private Caller caller(Context context, String path) {
        if (context.method() == HandlerType.POST && path.startsWith(Routes.ROOT + WebhookRoutes.PATH + "/")) {
            return Caller.system(origin(context));
        }
        return isOpen(context) ? stranger(context) : known(context);
    }

    private static boolean isOpen(Context context) {
        return OPEN.contains(context.method() + " " + context.path());
    }

    /** Nobody is known yet: what they ask for is asked in the product's own name. */
    private Caller stranger(Context context) {
        throttle.countStranger(context, addresses.of(context));
        return Caller.system(origin(context));
    }

    /** Counts who is let in without a key, and shows then that nobody knows them. */
    void countStranger(Call call) {
        throttle.countStranger(call.context(), addresses.of(call.context()));
    }

    /** Acting for who calls. */
    static Allotment allotment(Context context) {
        return context.attribute(ACTING);
    }

    /** Names the caller in what is kept under an idempotency key: nobody is answered what another was. */
    static String name(Caller caller) {
        var actor = caller.actor();
        return actor.key()
                .map(key -> "key " + key + "\n")
                .or(() -> actor.member().map(member -> "user " + member + "\n"))
                .orElse("");
    }

    /** The token that was sent; empty where none was. */
    static String bearer(Context context) {
        var authorization = context.header("Authorization");
        return authorization == null ? "" : token(authorization);
    }

    /** Whoever is not known is counted by the address, so that nobody guesses for long. */
    private Caller known(Context context) {
        try {
            return caller(context);
        } catch (Rejected unauthorized) {
            if (unauthorized.status() == HttpStatus.UNAUTHORIZED) {
                throttle.countStranger(context, addresses.of(context));
            }
            throw unauthorized;
        }
    }

    private Caller caller(Context context) {
        return caller(context, token(context.header("Authorization")), origin(context))
                .orElseThrow(Access::unknown);
    }

    /** By the token's form, so that no more is asked than needed. */
    private Optional<Caller> caller(Context context, String token, Origin origin) {
        if (token.startsWith(SessionService.PREFIX)) {
            return counted(context, allotment.sessions().verify(token, origin), Optional.empty());
        }
        if (KeySecret.hasForm(token)) {
            var verified = allotment.apiKeys().verify(token, origin);
            return counted(
                    context,
                    verified.caller(origin),
                    verified.key().flatMap(key -> key.settings().requestsPerMinute()));
        }
        if (isRootKey.test(token)) {
            return Optional.of(Caller.system(origin));
        }
        return token.chars().filter(c -> c == '.').count() == DOTS_OF_A_JWT
                ? counted(context, allotment.signIn().verify(token, origin), Optional.empty())
                : Optional.empty();
    }

    private Optional<Caller> counted(Context context, Optional<Caller> caller, Optional<Integer> requestsPerMinute) {
        caller.ifPresent(known -> throttle.count(context, known, requestsPerMinute));
        return caller;
    }

    /** The same whatever is wrong with what was shown. */
    private static Rejected unknown() {
        return Rejected.unauthorized("The key or token is not known, or is not valid any more.");
    }

    private Origin origin(Context context) {
        return new Origin(
                Optional.of(addresses.of(context)).filter(address -> !address.isEmpty()),
                Optional.ofNullable(context.header("User-Agent")).map(Secrets::masked),
                Optional.ofNullable(RequestIds.of(context)));
    }

    private static String token(String authorization) {
        if (authorization == null) {
            throw Rejected.unauthorized("A key or token is needed, sent as Authorization: Bearer <token>.");
        }
        if (!authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw Rejected.unauthorized("The header Authorization must have the form Bearer <token>.");
        }
        return authorization.substring(SCHEME.length()).strip();
    }
}

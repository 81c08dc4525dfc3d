package io.allotment.persistence.jooq;

import com.zaxxer.hikari.HikariDataSource;
import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UnitOfWork;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jooq.ConnectionProvider;

/**
 * Units of work on a connection bound to the thread: the only place that begins, commits and rolls back. Repositories
 * reach the present unit's connection through it as a {@link ConnectionProvider}.
 */
final class JooqUnits implements UnitOfWork, ConnectionProvider {

    private final HikariDataSource app;
    private final HikariDataSource platform;
    private final ThreadLocal<Unit> present = new ThreadLocal<>();

    /** One open unit. */
    private static final class Unit {
        private final Scope scope;
        private final Connection connection;
        private Throwable failure;

        private Unit(Scope scope, Connection connection) {
            this.scope = scope;
            this.connection = connection;
        }
    }

    /** Whose unit it is: some tenants', or the platform's, which has none. */
    private record Scope(SortedSet<UUID> tenants) {

        /** SET LOCAL rather than set_config(): on Citus only the first reaches the workers. The text holds UUIDs alone. */
        String setting() {
            return tenants.stream()
                    .map(UUID::toString)
                    .collect(Collectors.joining(",", "set local allotment.tenant_ids = '{", "}'"));
        }

        @Override
        public String toString() {
            return tenants.isEmpty() ? "the platform" : "the tenants " + tenants;
        }
    }

    private static final Scope PLATFORM = new Scope(new TreeSet<>());

    /** The data sources give connections that do not commit by themselves. */
    JooqUnits(HikariDataSource app, HikariDataSource platform) {
        this.app = app;
        this.platform = platform;
    }

    @Override
    public <T> T forTenant(TenantId tenant, Supplier<T> work) {
        return forTenants(Set.of(tenant), work);
    }

    @Override
    public <T> T forPlatform(Supplier<T> work) {
        return in(PLATFORM, work);
    }

    /** For the gate's store alone: a unit of several tenants. */
    <T> T forTenants(Collection<TenantId> tenants, Supplier<T> work) {
        var ids = tenants.stream().map(TenantId::value).collect(Collectors.toCollection(TreeSet::new));
        if (ids.isEmpty()) {
            throw new IllegalArgumentException("a unit of work needs a tenant");
        }
        return in(new Scope(ids), work);
    }

    private <T> T in(Scope scope, Supplier<T> work) {
        var outer = present.get();
        return outer == null ? begin(scope, work) : join(outer, scope, work);
    }

    private static <T> T join(Unit outer, Scope scope, Supplier<T> work) {
        if (!outer.scope.equals(scope)) {
            outer.failure = new IllegalStateException(
                    "A unit of work for " + scope + " was opened inside one for " + outer.scope + ".");
            throw (IllegalStateException) outer.failure;
        }
        try {
            return work.get();
        } catch (RuntimeException | Error failure) {
            outer.failure = failure;
            throw failure;
        }
    }

    private <T> T begin(Scope scope, Supplier<T> work) {
        try (var connection = entered(scope)) {
            var unit = new Unit(scope, connection);
            present.set(unit);
            try {
                var result = work.get();
                if (unit.failure != null) {
                    throw new IllegalStateException(
                            "The unit of work was rolled back because something inside it failed.", unit.failure);
                }
                connection.commit();
                return result;
            } catch (RuntimeException | Error | SQLException failure) {
                rollback(connection, failure);
                throw failure;
            } finally {
                present.remove();
            }
        } catch (SQLException | RuntimeException failure) {
            throw SqlErrors.translated(failure);
        }
    }

    /**
     * A connection in a transaction of the scope. Connections that died in the pool are noticed here, before any work, and
     * others taken instead: after an outage the first request works again.
     */
    private Connection entered(Scope scope) throws SQLException {
        var pool = scope == PLATFORM ? platform : app;
        for (int left = pool.getMaximumPoolSize(); ; left--) {
            var connection = pool.getConnection();
            try (var statement = connection.createStatement()) {
                statement.execute(scope.setting());
                return connection;
            } catch (SQLException failure) {
                connection.close();
                if (left == 0 || !SqlErrors.isPassing(failure)) {
                    throw failure;
                }
            }
        }
    }

    private static void rollback(Connection connection, Throwable failure) {
        try {
            connection.rollback();
        } catch (SQLException alsoFailed) {
            failure.addSuppressed(alsoFailed);
        }
    }

    /** Lets the present unit's statements take hours: for the platform's work that reads whole tables. */
    void takeTime() {
        try {
            acquire().setNetworkTimeout(Runnable::run, (int) Duration.ofHours(4).toMillis());
        } catch (SQLException failure) {
            throw SqlErrors.translated(failure);
        }
    }

    @Override
    public Connection acquire() {
        var unit = present.get();
        if (unit == null) {
            throw new IllegalStateException("Repositories are used inside a unit of work.");
        }
        return unit.connection;
    }

    @Override
    public void release(Connection connection) {
        // The unit closes its connection when it ends.
    }
}

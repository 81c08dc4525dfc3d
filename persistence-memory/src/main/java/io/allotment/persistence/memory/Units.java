package io.allotment.persistence.memory;

import io.allotment.domain.shared.TenantId;
import io.allotment.domain.shared.UnitOfWork;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** Units of work, one at a time under one lock. Each writes down how to undo what it does. */
final class Units implements UnitOfWork {

    private final ReentrantLock lock = new ReentrantLock();
    /** Read and written by the lock's holder alone. */
    private Unit open;

    @Override
    public <T> T forTenant(TenantId tenant, Supplier<T> work) {
        return run(new Unit(false, Set.of(tenant)), work);
    }

    @Override
    public <T> T forPlatform(Supplier<T> work) {
        return run(new Unit(true, Set.of()), work);
    }

    @Override
    public boolean isOpen() {
        return lock.isHeldByCurrentThread();
    }

    /** For the gate's store alone: several tenants at once. */
    <T> T forTenants(Set<TenantId> tenants, Supplier<T> work) {
        return run(new Unit(false, tenants), work);
    }

    /** The unit this thread is in. */
    Unit current() {
        if (!isOpen()) {
            throw new IllegalStateException("outside of a unit of work: open one with forTenant or forPlatform");
        }
        return open;
    }

    private <T> T run(Unit wanted, Supplier<T> work) {
        return isOpen() ? join(wanted, work) : begin(wanted, work);
    }

    private <T> T begin(Unit unit, Supplier<T> work) {
        lock.lock();
        open = unit;
        boolean done = false;
        try {
            var result = work.get();
            unit.requireNoFailure();
            done = true;
            return result;
        } finally {
            if (!done) {
                unit.rollBack();
            }
            open = null;
            lock.unlock();
        }
    }

    private <T> T join(Unit wanted, Supplier<T> work) {
        var outer = open;
        try {
            outer.requireSame(wanted);
            return work.get();
        } catch (Throwable failure) {
            outer.failed(failure);
            throw failure;
        }
    }

    /** Whose work it is, and how to undo it. */
    static final class Unit {
        private final boolean platform;
        private final Set<TenantId> tenants;
        private final Deque<Runnable> undo = new ArrayDeque<>();
        private Throwable innerFailure;

        private Unit(boolean platform, Set<TenantId> tenants) {
            this.platform = platform;
            this.tenants = tenants;
        }

        boolean sees(TenantId tenant) {
            return platform || tenants.contains(tenant);
        }

        void requireToWrite(String table, TenantId tenant) {
            if (!sees(tenant)) {
                throw new IllegalStateException(this + " must not write " + table + " of the tenant " + tenant);
            }
        }

        void requirePlatform(String what) {
            if (!platform) {
                throw new IllegalStateException(this + " cannot do this: " + what + " is for the platform's alone");
            }
        }

        /** Steps are undone last first. */
        void undoBy(Runnable step) {
            undo.push(step);
        }

        private void requireSame(Unit wanted) {
            if (platform != wanted.platform || !tenants.equals(wanted.tenants)) {
                throw new IllegalStateException(wanted + " cannot be opened inside " + this);
            }
        }

        private void failed(Throwable failure) {
            if (innerFailure == null) {
                innerFailure = failure;
            }
        }

        private void requireNoFailure() {
            if (innerFailure != null) {
                throw new IllegalStateException(
                        this + " was rolled back because an inner one failed: " + innerFailure, innerFailure);
            }
        }

        private void rollBack() {
            undo.forEach(Runnable::run);
        }

        @Override
        public String toString() {
            if (platform) {
                return "the platform's unit of work";
            }
            return tenants.size() == 1
                    ? "the unit of work of the tenant " + tenants.iterator().next()
                    : "the unit of work of the tenants " + tenants;
        }
    }
}

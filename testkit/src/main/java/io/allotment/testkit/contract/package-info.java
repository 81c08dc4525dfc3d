/**
 * What every adapter promises, as suites of tests: one for each port, and several for the gate over all of them.
 * An adapter runs them all:
 *
 * <pre>{@code
 * class MyPersistenceTest implements PersistenceUnderTest {
 *     private static final Persistence PERSISTENCE = new MyPersistence();
 *
 *     public Persistence persistence() {
 *         return PERSISTENCE;
 *     }
 *
 *     @Nested
 *     class Tenants extends TenantsContract {}
 *     // and so on
 * }
 * }</pre>
 */
package io.allotment.testkit.contract;

/** Everything kept in memory: {@link io.allotment.persistence.memory.InMemoryPersistence} is all there is to see. */
package io.allotment.persistence.memory;

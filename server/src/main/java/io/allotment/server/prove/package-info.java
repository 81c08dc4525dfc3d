/** The proof under faults that the gate is exact: it works on a database of its own, and compares with a model. */
package io.allotment.server.prove;

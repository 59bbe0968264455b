//! Honest proofs are accepted.

mod world;

#[test]
fn honest_proofs_are_accepted() {
    for world in world::circuits::all() {
        let proof = world.prove();
        assert_eq!(proof.len(), world.circuit.proof_bytes(), "{}", world.name);
        assert_eq!(world.verify(&proof), Ok(true), "{}", world.name);
    }
}

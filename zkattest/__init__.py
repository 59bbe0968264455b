"""Prove statements about machine-learning models without showing the model or the data.

>>> import zkattest as zk
>>> srs = zk.Srs.development(14)                        # a ceremony's file in production
>>> model = zk.compile("model.onnx", calibration)       # ONNX -> integer graph
>>> committed = zk.commit(model, srs)                   # hiding commitment: the model's identity
>>> keys = zk.setup(committed, srs)
>>> chain = zk.Chain.embedded()
>>> chain.deploy()
>>> registered = zk.register(chain, committed.commitment, keys.verifying)
>>> proof, opening = zk.prove(keys, model, x, srs=srs, binding=chain.binding(registered))
>>> assert zk.verify(proof, keys.verifying)
>>> zk.submit(chain, proof)                             # verified by a contract, recorded
"""

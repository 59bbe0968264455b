use super::*;

struct Bytes(Vec<u8>);

impl Bytes {
    fn add(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }
}

/// An encoding of three classes, one column of two groups, hits over both.
fn head(task: u8, cut: i64, target: u8, classes: u32) -> Bytes {
    Bytes(b"ZKSC\0\x01".to_vec())
        .add(&[task])
        .add(&cut.to_be_bytes())
        .add(&[target])
        .add(&classes.to_be_bytes())
        .add(&[1, 0, 0, 0, 2])
}

fn tail(bytes: Bytes, reveal: u8, k: u32, shifts: [u8; 2], columns: &[u8]) -> Bytes {
    let count = u8::try_from(columns.len()).unwrap();
    bytes.add(&[reveal]).add(&k.to_be_bytes()).add(&shifts).add(&[count]).add(columns)
}

fn weights(bytes: Bytes, items: &[(u16, i64)]) -> Bytes {
    let bytes = bytes.add(&u16::try_from(items.len()).unwrap().to_be_bytes());
    items
        .iter()
        .fold(bytes, |bytes, (index, weight)| bytes.add(&index.to_be_bytes()).add(&weight.to_be_bytes()))
}

fn decode(bytes: &Bytes) -> Option<Score> {
    match decode_score(&bytes.0) {
        Ok(score) => Some(score),
        Err(CompileError::Encoding { what: "score", .. }) => None,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn scores_are_read() {
    let score = decode(&tail(head(0, 0, 0, 3), 0, 0, [0; 2], &[0, 1]).add(&[0])).unwrap();
    let expected = Score {
        task: Task::Argmax,
        labels: Labels { target: Target::Classes(3), columns: vec![2] },
        reveal: Reveal::Hits,
        output_shift: 0,
        target_shift: 0,
        columns: vec![0, 1],
        bounds: None,
    };
    assert_eq!(score, expected);
    assert_eq!((score.width(), score.counts()), (2, 6));
    let sign = decode(&tail(head(1, -5, 0, 2), 1, 0, [0; 2], &[1]).add(&[0])).unwrap();
    assert_eq!((sign.task, sign.reveal, sign.counts()), (Task::Sign { cut: -5 }, Reveal::Confusion, 8));
    let errors = decode(&tail(head(2, 0, 1, 1), 3, 0, [1, 2], &[0]).add(&[0])).unwrap();
    assert_eq!((errors.output_shift, errors.target_shift, errors.counts()), (1, 2, 5));
    let ranked = decode(&tail(head(0, 0, 0, 3), 2, 3, [0; 2], &[0]).add(&[0])).unwrap();
    assert_eq!(ranked.reveal, Reveal::TopK(3));
}

#[test]
fn bounds_are_read() {
    let start = || tail(head(0, 0, 0, 3), 0, 0, [0; 2], &[0]).add(&[1, 17, 0, 1]);
    let ratio = |bytes| weights(weights(bytes, &[(0, 1)]), &[(1, 2)]);
    let score = decode(&weights(ratio(start()).add(&[0, 1]), &[(0, -3)])).unwrap();
    let bounds = score.bounds.unwrap();
    assert_eq!(bounds.ratios, [Ratio { numerator: vec![(0, 1)], denominator: vec![(1, 2)] }]);
    assert_eq!(bounds.clauses, [vec![(0, -3)]]);
    for items in [vec![], vec![(1, 1)], vec![(0, 0)], vec![(0, 1), (0, 1)]] {
        assert_eq!(decode(&weights(ratio(start()).add(&[0, 1]), &items)), None, "{items:?}");
    }
    assert_eq!(decode(&ratio(start()).add(&[0, 0])), None, "no clause");
    let none = tail(head(0, 0, 0, 3), 0, 0, [0; 2], &[0]).add(&[1, 17, 0, 0]);
    assert_eq!(decode(&weights(none.add(&[0, 1]), &[(0, 1)])), None, "no ratio");
    let wide = tail(head(0, 0, 0, 3), 0, 0, [0; 2], &[0]).add(&[1, 18, 0, 1]);
    assert_eq!(decode(&weights(ratio(wide).add(&[0, 1]), &[(0, 1)])), None, "18 bits");
}

#[test]
fn others_are_refused() {
    let good = tail(head(0, 0, 0, 3), 0, 0, [0; 2], &[0, 1]).add(&[0]);
    for end in 0..good.0.len() {
        assert_eq!(decode(&Bytes(good.0[..end].to_vec())), None, "{end}");
    }
    assert_eq!(decode(&Bytes([&good.0[..], &[0]].concat())), None, "a byte more");
    for (at, value) in [(0, b'z'), (5, 2), (6, 3), (14, 1)] {
        let mut other = good.0.clone();
        other[at] = value;
        assert_eq!(decode(&Bytes(other)), None, "byte {at}");
    }
    for (what, bytes) in [
        ("a value with classes", tail(head(2, 0, 0, 3), 3, 0, [0; 2], &[0])),
        ("classes of a value", tail(head(0, 0, 1, 1), 0, 0, [0; 2], &[0])),
        ("three signs", tail(head(1, 0, 0, 3), 0, 0, [0; 2], &[0])),
        ("one class", tail(head(0, 0, 0, 1), 0, 0, [0; 2], &[0])),
        ("errors of classes", tail(head(0, 0, 0, 3), 3, 0, [0; 2], &[0])),
        ("hits of values", tail(head(2, 0, 1, 1), 0, 0, [0; 2], &[0])),
        ("top 0", tail(head(0, 0, 0, 3), 2, 0, [0; 2], &[0])),
        ("top 4 of 3", tail(head(0, 0, 0, 3), 2, 4, [0; 2], &[0])),
        ("top-k of a sign", tail(head(1, 0, 0, 2), 2, 1, [0; 2], &[0])),
        ("k of hits", tail(head(0, 0, 0, 3), 0, 1, [0; 2], &[0])),
        ("shifts of hits", tail(head(0, 0, 0, 3), 0, 0, [1, 0], &[0])),
        ("a long shift", tail(head(2, 0, 1, 1), 3, 0, [33, 0], &[0])),
        ("no column", tail(head(0, 0, 0, 3), 0, 0, [0; 2], &[])),
        ("an unknown column", tail(head(0, 0, 0, 3), 0, 0, [0; 2], &[2])),
        ("a column twice", tail(head(0, 0, 0, 3), 0, 0, [0; 2], &[0, 0])),
        ("a confusion of too many", tail(head(0, 0, 0, 257), 1, 0, [0; 2], &[0])),
    ] {
        assert_eq!(decode(&bytes.add(&[0])), None, "{what}");
    }
}

//! Whether a workbook of the old kind (xls: a compound file with records of BIFF within) can be opened without harm.
//!
//! The reader of workbooks opens every sheet at once, follows chains of sectors for as long as they lead on, and lays each sheet out as
//! one full rectangle. What bounds its memory is what is refused here before: chains that run in a circle, sheets that share their bytes,
//! and rectangles, counts and texts beyond those of [`super::workbook`].

use super::workbook::{CELLS, Fault, TEXT, within};

/// The most sheets of a workbook.
const SHEETS: usize = 64;
/// The most cells that a sheet may say it has: all of an xls sheet. They are asked for, not filled.
const ROOM: u64 = 65_536 * 256;

const END_OF_CHAIN: u32 = 0xFFFF_FFFE;
const NO_SECTOR: u32 = 0xFFFF_FFFC;
const RESERVED: u32 = 0xFFFF_FFFA;

const BOF: u16 = 0x0809;
const EOF: u16 = 0x000A;

/// Checks a workbook.
pub(super) fn check(bytes: &[u8]) -> Result<(), Fault> {
    let stream = Compound::open(bytes)?.workbook()?;
    records(&stream)
}

fn broken(what: &str) -> Fault {
    Fault::Broken(what.to_owned())
}

fn cut() -> Fault {
    broken("it is cut, or no workbook")
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(bytes.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> {
    let words = bytes.chunks_exact(4);
    words.map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
}

/// The sectors of a compound file and where each leads.
struct Compound<'a> {
    sectors: &'a [u8],
    size: usize,
    next: Vec<u32>,
    directory: Vec<u8>,
    small: Vec<u8>,
    small_next: Vec<u32>,
}

impl<'a> Compound<'a> {
    fn open(bytes: &'a [u8]) -> Result<Self, Fault> {
        let word = |at| u32_at(bytes, at).ok_or_else(cut);
        let size = match u16_at(bytes, 30) {
            Some(9) => 512,
            Some(12) => 4096,
            _ => return Err(cut()),
        };
        let mut file = Self {
            sectors: bytes.get(size..).ok_or_else(cut)?,
            size,
            next: Vec::new(),
            directory: Vec::new(),
            small: Vec::new(),
            small_next: Vec::new(),
        };
        let count = file.sectors.len().div_ceil(size);
        // Where the table of chains lies: the header's list, and its continuation.
        let mut table: Vec<u32> = words(bytes.get(76..512).ok_or_else(cut)?).collect();
        let mut more = word(68)?;
        let mut steps = 0;
        while more < RESERVED {
            steps += 1;
            if steps > count {
                return Err(circle());
            }
            table.extend(words(file.sector(more)?));
            more = table.pop().ok_or_else(cut)?;
        }
        table.retain(|id| *id < NO_SECTOR);
        if table.len() > count {
            return Err(circle());
        }
        for id in table {
            let sector = file.sector(id)?;
            file.next.extend(words(sector));
        }
        file.directory = file.chain(word(48)?, usize::MAX)?;
        let small_table = word(64)? as usize;
        if small_table > 0 {
            let root = file.directory.get(..128).ok_or_else(cut)?;
            let (start, length) = file.extent(root)?;
            file.small = file.chain(start, length)?;
            let table = file.chain(word(60)?, small_table.saturating_mul(size))?;
            file.small_next = words(&table).collect();
        }
        Ok(file)
    }

    fn sector(&self, id: u32) -> Result<&'a [u8], Fault> {
        let start = (id as usize).saturating_mul(self.size);
        let end = start.saturating_add(self.size).min(self.sectors.len());
        self.sectors.get(start..end).ok_or_else(cut)
    }

    fn chain(&self, start: u32, length: usize) -> Result<Vec<u8>, Fault> {
        follow(self.sectors, self.size, &self.next, start, length)
    }

    /// Start and length of an entry of the directory.
    fn extent(&self, entry: &[u8]) -> Result<(u32, usize), Fault> {
        let start = u32_at(entry, 116).ok_or_else(cut)?;
        let low = u32_at(entry, 120).ok_or_else(cut)? as usize;
        let high = if self.size == 512 {
            0
        } else {
            u32_at(entry, 124).ok_or_else(cut)? as usize
        };
        Ok((start, high << 32 | low))
    }

    /// The bytes of the stream with the records.
    fn workbook(&self) -> Result<Vec<u8>, Fault> {
        let entry = |name: &str| {
            let mut entries = self.directory.chunks_exact(128);
            entries.find(|entry| {
                let letters: Vec<u16> = entry[..64]
                    .chunks_exact(2)
                    .map(|two| u16::from_le_bytes([two[0], two[1]]))
                    .take_while(|letter| *letter != 0)
                    .collect();
                String::from_utf16_lossy(&letters).eq_ignore_ascii_case(name)
            })
        };
        let of = |entry: &[u8]| {
            let (start, length) = self.extent(entry)?;
            if length < 4096 {
                follow(&self.small, 64, &self.small_next, start, length)
            } else {
                self.chain(start, length)
            }
        };
        // A broken `Workbook` is no reason to look into `Book`: what the reader would take must be what was checked.
        match entry("Workbook").or_else(|| entry("Book")) {
            Some(entry) => of(entry),
            None => Err(broken("expected a stream called Workbook")),
        }
    }
}

fn circle() -> Fault {
    broken("its sectors run in a circle")
}

fn follow(
    sectors: &[u8],
    size: usize,
    next: &[u32],
    start: u32,
    length: usize,
) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let mut at = start;
    let mut steps = 0;
    while at != END_OF_CHAIN {
        steps += 1;
        if steps > sectors.len().div_ceil(size) {
            return Err(circle());
        }
        let start = (at as usize).saturating_mul(size);
        let end = start.saturating_add(size).min(sectors.len());
        let sector = sectors.get(start..end).ok_or_else(cut)?;
        bytes.extend_from_slice(&sector[..sector.len().min(length - bytes.len())]);
        if bytes.len() >= length {
            break;
        }
        at = *next.get(at as usize).ok_or_else(cut)?;
    }
    Ok(bytes)
}

/// The first record of a stream, and what follows.
fn record(stream: &[u8]) -> Result<Option<(u16, &[u8], &[u8])>, Fault> {
    if stream.is_empty() {
        return Ok(None);
    }
    let kind = u16_at(stream, 0).ok_or_else(cut)?;
    let end = 4 + usize::from(u16_at(stream, 2).ok_or_else(cut)?);
    let data = stream.get(4..end).ok_or_else(cut)?;
    Ok(Some((kind, data, &stream[end..])))
}

fn records(stream: &[u8]) -> Result<(), Fault> {
    let mut sheets = Vec::new();
    // The shared texts, with those of the records that continue them.
    let (mut shared, mut last) = (0, 0);
    let mut rest = stream;
    while let Some((kind, data, next)) = record(rest)? {
        rest = next;
        match kind {
            EOF => break,
            0x0085 => sheets.push(u32_at(data, 0).ok_or_else(cut)? as usize),
            0x00FC => shared += data.len(),
            0x003C if last == 0x00FC => {
                shared += data.len();
                continue;
            }
            _ => {}
        }
        last = kind;
    }
    if sheets.len() > SHEETS {
        let expected = format!("expected at most {SHEETS} sheets, not {}", sheets.len());
        return Err(Fault::Broken(expected));
    }
    let mut sum = Sum {
        // A letter is at least a byte there, and at most three as UTF-8; a text has at most 65,535 letters.
        longest: shared.min(0xFFFF).saturating_mul(3),
        ..Sum::default()
    };
    for (number, start) in sheets.into_iter().enumerate() {
        sum.sheet(stream.get(start..).ok_or_else(cut)?, number == 0)?;
        // Each has bytes of its own, so that a small file cannot be many large sheets.
        if sum.bytes > stream.len() {
            return Err(broken("its sheets overlap"));
        }
    }
    Ok(())
}

/// What the sheets so far come to.
#[derive(Default)]
struct Sum {
    longest: usize,
    bytes: usize,
    cells: usize,
    area: usize,
    text: usize,
}

impl Sum {
    fn sheet(&mut self, stream: &[u8], first: bool) -> Result<(), Fault> {
        let mut corners: Option<[u32; 4]> = None;
        let mut depth = 0_usize;
        let mut begun = false;
        let mut rest = stream;
        while let Some((kind, data, next)) = record(rest)? {
            rest = next;
            match (kind, depth) {
                // A chart within the sheet has records of its own.
                (BOF, 0) if !begun => begun = true,
                (BOF, _) => depth += 1,
                (EOF, 0) => break,
                (EOF, _) => depth -= 1,
                (_, 0) => {
                    if kind == 0x0200 {
                        room(data)?;
                    }
                    if let Some((row, column, last)) = self.cell(kind, data)? {
                        if first {
                            within(row, last)?;
                        }
                        let [top, bottom, left, right] =
                            corners.get_or_insert([row, row, column, last]);
                        (*top, *bottom) = ((*top).min(row), (*bottom).max(row));
                        (*left, *right) = ((*left).min(column), (*right).max(last));
                    }
                }
                _ => {}
            }
        }
        self.bytes += stream.len() - rest.len();
        if let Some([top, bottom, left, right]) = corners {
            let height = (bottom - top) as usize + 1;
            self.area += height.saturating_mul((right - left) as usize + 1);
        }
        if self.area > CELLS || self.cells > CELLS {
            let expected = format!("expected sheets of at most {CELLS} cells in all");
            return Err(Fault::Broken(expected));
        }
        if self.text > TEXT {
            let expected = format!("expected at most {TEXT} bytes of text");
            return Err(Fault::Broken(expected));
        }
        Ok(())
    }

    /// Row, first and last column of a record with cells, and what it adds.
    fn cell(&mut self, kind: u16, data: &[u8]) -> Result<Option<(u32, u32, u32)>, Fault> {
        let letters = |at| u16_at(data, at).map_or(0, usize::from) * 3;
        let (count, text) = match kind {
            0x0006 | 0x0203 | 0x0205 | 0x027E => (1, 0),
            0x00BD => (data.len().saturating_sub(6) / 6, 0),
            0x0204 | 0x00D6 => (1, letters(6)),
            0x00FD => (1, self.longest),
            // The text of a formula, which has told the place.
            0x0207 => {
                self.cells += 1;
                self.text = self.text.saturating_add(letters(0));
                return Ok(None);
            }
            _ => return Ok(None),
        };
        self.cells += count;
        self.text = self.text.saturating_add(text);
        let row = u32::from(u16_at(data, 0).ok_or_else(cut)?);
        let column = u32::from(u16_at(data, 2).ok_or_else(cut)?);
        let more = u32::try_from(count).unwrap_or(u32::MAX).saturating_sub(1);
        Ok((count > 0).then_some((row, column, column.saturating_add(more))))
    }
}

/// How many cells a sheet says that it has room for.
fn room(data: &[u8]) -> Result<(), Fault> {
    let short = |at| u16_at(data, at).map(u32::from);
    let corners = if data.len() == 10 {
        (short(0), short(2), short(4), short(6))
    } else {
        (u32_at(data, 0), u32_at(data, 4), short(8), short(10))
    };
    let (Some(top), Some(bottom), Some(left), Some(right)) = corners else {
        return Err(cut());
    };
    // Empty is 0 to 0; both ends are behind the last.
    let left = if left > 0xFF || right < left { 0 } else { left };
    if bottom == 0 || right == 0 {
        return Ok(());
    }
    let height = u64::from(bottom).checked_sub(u64::from(top));
    let width = u64::from(right - left);
    match height.map(|height| height * width) {
        Some(cells) if cells <= ROOM => Ok(()),
        _ => Err(Fault::Broken(format!(
            "expected dimensions of at most {ROOM} cells"
        ))),
    }
}

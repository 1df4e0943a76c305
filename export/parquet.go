package export

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/holdfast-dev/holdfast/eventstore"
	"github.com/holdfast-dev/holdfast/export/parquetrow"
)

// parquetMagic begins and ends a file.
const parquetMagic = "PAR1"

// errTooLong is about the ordinals of row groups, which have 15 bits.
var errTooLong = errors.New("a Parquet file holds at most 2,147,483,648 events: export ranges of positions")

// parquetFile is the encoder of [Parquet].
//
// A row group is made as a small file in memory, and its bytes are appended to
// the large one; only the places in its description change. So a group is a
// whole unit, a killed export goes on behind the last one, and the file's
// footer is made of the groups' descriptions at the end. The page indexes are
// left out: they would have to be written again, and readers skip by group.
type parquetFile struct {
	// groupRows is how many rows a group has.
	groupRows int64
	// gathered is how many rows of the current group have been gathered.
	gathered int64

	group  bytes.Buffer
	writer *parquet.GenericWriter[parquetrow.Row]
	rows   int64
	// done are the groups that a continued export finds in the file: not the
	// last one, which is written again with the footer.
	done []format.RowGroup
}

func newParquetFile(groupRows int64) *parquetFile {
	p := &parquetFile{groupRows: groupRows}
	p.beginGroup()
	return p
}

// beginGroup begins another small file. A writer that is used again may choose
// other encodings than a fresh one, and so write other bytes than an export
// that was continued here.
func (p *parquetFile) beginGroup() {
	p.rows = 0
	p.group.Reset()
	p.writer = parquet.NewGenericWriter[parquetrow.Row](&p.group, parquetrow.Options()...)
}

func (*parquetFile) opening() []byte { return []byte(parquetMagic) }

func (p *parquetFile) gather(b *batch, e eventstore.Event) error {
	m, err := b.origins.of(e)
	if err != nil {
		return err
	}
	from := len(b.payloads)
	b.payloads = append(b.payloads, e.Payload...)
	e.Payload = b.payloads[from:len(b.payloads):len(b.payloads)]
	b.rows = append(b.rows, parquetrow.Of(e, m))
	b.full = len(b.rows) == rowBatch
	p.gathered++
	if p.gathered == p.groupRows {
		p.gathered, b.full = 0, true
	}
	return nil
}

// independent implements [encoder]. Where pages end depends on how many rows are
// written at a time, so batches end at the same rows in every run.
func (*parquetFile) independent() bool { return false }

func (p *parquetFile) write(b *batch, out *output) (written, error) {
	if _, err := p.writer.Write(b.rows); err != nil {
		return written{}, fmt.Errorf("encode rows: %w", err)
	}
	if p.rows += int64(len(b.rows)); p.rows < p.groupRows {
		return written{}, nil
	}
	events := p.rows
	groups, err := p.endGroup(out)
	if err != nil {
		return written{}, err
	}
	p.done = groups
	return written{events: events, last: b.last, reached: b.last.Position}, nil
}

// endGroup appends the group that has been gathered to the file, and returns
// all that are in it now.
func (p *parquetFile) endGroup(out *output) ([]format.RowGroup, error) {
	small, err := p.closeSmall()
	if err != nil {
		return nil, err
	}
	groups := p.done
	for _, group := range small.RowGroups {
		begin, end := extent(group)
		if len(groups) > math.MaxInt16 {
			return nil, errTooLong
		}
		move(&group, out.size-begin, len(groups))
		if _, err := out.Write(p.group.Bytes()[begin:end]); err != nil {
			return nil, err
		}
		groups = append(groups, group)
	}
	p.beginGroup()
	return groups, nil
}

// closeSmall ends the small file and returns its description.
func (p *parquetFile) closeSmall() (*format.FileMetaData, error) {
	if err := p.writer.Close(); err != nil {
		return nil, fmt.Errorf("encode rows: %w", err)
	}
	small, err := parquet.OpenFile(bytes.NewReader(p.group.Bytes()), int64(p.group.Len()), parquet.SkipPageIndex(true))
	if err != nil {
		return nil, fmt.Errorf("read a row group again: %w", err)
	}
	return small.Metadata(), nil
}

// extent returns where the pages of a group begin and end in its file.
func extent(group format.RowGroup) (begin, end int64) {
	for i, column := range group.Columns {
		from := firstPage(column.MetaData)
		if i == 0 || from < begin {
			begin = from
		}
		end = max(end, from+column.MetaData.TotalCompressedSize)
	}
	return begin, end
}

func firstPage(column format.ColumnMetaData) int64 {
	if column.DictionaryPageOffset > 0 {
		return min(column.DictionaryPageOffset, column.DataPageOffset)
	}
	return column.DataPageOffset
}

// move changes the description of a group that stands further behind in
// another file.
func move(group *format.RowGroup, by int64, ordinal int) {
	for i := range group.Columns {
		column := &group.Columns[i]
		column.OffsetIndexOffset, column.OffsetIndexLength = 0, 0
		column.ColumnIndexOffset, column.ColumnIndexLength = 0, 0
		if column.FileOffset > 0 {
			column.FileOffset += by
		}
		column.MetaData.DataPageOffset += by
		if column.MetaData.DictionaryPageOffset > 0 {
			column.MetaData.DictionaryPageOffset += by
		}
	}
	group.FileOffset += by
	group.Ordinal = int16(ordinal)
}

func (p *parquetFile) close(out *output) (int64, error) {
	events, groups := p.rows, p.done
	if events > 0 {
		var err error
		if groups, err = p.endGroup(out); err != nil {
			return 0, err
		}
	}
	// An empty small file has the schema, and all else that groups share.
	footer, err := p.closeSmall()
	if err != nil {
		return 0, err
	}
	footer.NumRows, footer.RowGroups = 0, groups
	for i := range groups {
		footer.NumRows += groups[i].NumRows
	}
	text, err := thrift.Marshal(new(thrift.CompactProtocol), footer)
	if err != nil {
		return 0, fmt.Errorf("encode the footer: %w", err)
	}
	text = binary.LittleEndian.AppendUint32(text, uint32(len(text)))
	_, err = out.Write(append(text, parquetMagic...))
	return events, err
}

func (p *parquetFile) save() [][]byte {
	saved := make([][]byte, 0, len(p.done))
	for i := range p.done {
		text, err := thrift.Marshal(new(thrift.CompactProtocol), &p.done[i])
		if err != nil {
			panic(err) // it was read from a file: it can be written
		}
		saved = append(saved, text)
	}
	return saved
}

func (p *parquetFile) restore(saved [][]byte) error {
	p.done = make([]format.RowGroup, len(saved))
	for i, text := range saved {
		if err := thrift.Unmarshal(new(thrift.CompactProtocol), text, &p.done[i]); err != nil {
			return fmt.Errorf("row group %d: %w", i, err)
		}
	}
	return nil
}

package app_test

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// wallClock is the clock on the wall of one running Go process, which can be set as an administrator or a time server
// would: from one reading to the next it is another hour, while the monotonic clock goes on. No library can be put
// before a static program's clock, and the namespaces of Linux know the other clocks only. So the function that the
// runtime asks for the time is replaced in the process's memory, by one that asks the kernel and adds a number.
type wallClock struct {
	pid    int
	offset int64 // address of the number, in seconds; 0 until the function is replaced
}

// wallReader is clock_gettime(clock, into) with the eight bytes before it added to the wall clock's seconds.
func wallReader() []byte {
	return []byte{
		0xb8, 0xe4, 0, 0, 0, // mov eax, 228
		0x0f, 0x05, // syscall
		0x85, 0xff, // test edi, edi
		0x75, 0x0a, // jne to ret: not CLOCK_REALTIME
		0x48, 0x8b, 0x0d, 0xe6, 0xff, 0xff, 0xff, // mov rcx, [rip-26]
		0x48, 0x01, 0x0e, // add [rsi], rcx
		0xc3, // ret
	}
}

// jump sets the clock off from the true time.
func (c *wallClock) jump(by time.Duration) error {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return errors.ErrUnsupported
	}
	memory, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", c.pid), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer memory.Close()
	write := func(at int64, data []byte) {
		if err == nil {
			_, err = memory.WriteAt(data, at)
		}
	}
	number := func(n int64) []byte { return binary.LittleEndian.AppendUint64(nil, uint64(n)) }
	if c.offset == 0 {
		pointer, page, findErr := c.find()
		if findErr != nil {
			return findErr
		}
		c.offset = page - 64 // the rest of the last page of what the kernel lends every process is empty
		write(c.offset, number(0))
		write(c.offset+8, wallReader())
		write(pointer, number(c.offset+8))
	}
	write(c.offset, number(int64(by/time.Second)))
	return err
}

// find gives the address of the runtime's pointer to the function, and the end of the kernel's code in the process.
func (c *wallClock) find() (pointer, end int64, err error) {
	program, err := elf.Open(fmt.Sprintf("/proc/%d/exe", c.pid))
	if err != nil {
		return 0, 0, err
	}
	defer program.Close()
	symbols, err := program.Symbols()
	if err != nil {
		return 0, 0, err
	}
	for _, s := range symbols {
		if s.Name == "runtime.vdsoClockgettimeSym" {
			pointer = int64(s.Value)
		}
	}
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", c.pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(maps)) {
		var begin int64
		if strings.Contains(line, "[vdso]") {
			if _, err := fmt.Sscanf(line, "%x-%x", &begin, &end); err != nil {
				return 0, 0, err
			}
		}
	}
	if pointer == 0 || end == 0 {
		return 0, 0, errors.New("no Go program with a clock of the usual kind")
	}
	return pointer, end, nil
}

//go:build !amd64 || purego

package bytescan

const bestStructure = StructurePlain

func (s *Structure) vector(_ StructureKernel, chunk []byte) (bad, escapes bool) {
	return s.plain(chunk)
}

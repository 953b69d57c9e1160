package patient

import "testing"

func TestNamed(t *testing.T) {
	for _, name := range []string{
		"DOE^JOHN", "Doe^John.dcm", "MÜLLER^ANNA^^Dr", "D'Angelo^Maria",
		"Doe, John", "Müller, Anna.zip", "García López, Ana", "Lefèvre, Éloïse 1962", "O’Neill,Mary.dcm",
		"DOE_JOHN_19800101", "Meier_Anna_01.02.1975", "19621224 Dupont Marie", "GARCIA_ANA_31121959.dcm", "Nguyen-Thi-Lan-1990-05-06",
		"Mueller Anna 00482913", "DUPONT_JEAN_123456789.dcm",
		"MRN 471100", "CT_PatID_08150815", "NHC-12345", "IPP 8001234567", "Fallnr. 20261",
		"Patient Anna Meier", "paciente_Ana_Ruiz", "Patiente Marie Dupont",
	} {
		if !Named(name) {
			t.Errorf("%q looks like nobody's name", name)
		}
	}
}

func TestNotNamed(t *testing.T) {
	for _, name := range []string{
		"", ".", "a", "IM000001", "IM_0001.dcm", "1.2.840.113619.2.55.3.604688119.971", "1.3.12.2.1107.5.2.dcm", "00000001",
		"MR Head 5000 slices", "MR_Head_20100101", "CT Thorax 12345678", "IRM tête 2009-01-02", "RM Cabeza 20080101", "MRT Kopf 20090304",
		"A001_C002_0101XY_001.R3D", "A001C003_230405_R1AB.mov", "DSC_0001.NEF", "IMG_20120304_112233.jpg", "PXL_20140101_123456789.mp4", "GOPR0012.MP4",
		"WhatsApp Image 2012-01-01 at 10.00.00.jpeg", "Screen Recording 2014-01-01 at 10.00.mov", "Bildschirmfoto 2010-03-04 um 10.00.png",
		"Scene 12, Take 3", "Berlin Paris 20260405", "Interview Paul 20120304.mov", "Projekt Alpha 20140101", "final cut, version 2",
		"wedding rushes 1234567", "README", "DICOMDIR", "patients", "Patient 0012", "report 2014-01-01.pdf", "node_modules", "x264-10bit-20120101",
		"S0001 T1 FLAIR", "pid 12345.log", "Longshore 1.2.3.zip",
	} {
		if Named(name) {
			t.Errorf("%q is taken for a name", name)
		}
	}
}

func FuzzNamed(f *testing.F) {
	f.Add("DOE^JOHN")
	f.Add("Patient Ä, B \xff")
	f.Fuzz(func(_ *testing.T, name string) { Named(name) })
}

// Package patient tells whether a file or folder is called as patients are. It goes by the name's form alone and knows
// no list of names, so it errs both ways: it is for a warning, never for a decision.
//
// These forms are told, with an extension or without:
//
//	DOE^JOHN, Müller^Anna^^Dr        a caret between words, as DICOM writes names
//	Doe, John; García López, Ana     a comma between words with capital letters, and nothing else but a date or number
//	DOE_JOHN_19800101                two to four words and a day of birth, 1900 to 2014, in any usual order
//	Mueller Anna 00482913            two to four words and a run of 7 to 12 digits that is no date
//	MRN 4711, PatID_0815, NHC-12345  a hospital's word for a patient's number, and one
//	Patient Anna Meier               a word for a patient, and two words or more
//
// Words are no names when one of them is what scanners, cameras and film people call things.
package patient

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	caret  = regexp.MustCompile(`^[\p{L}'’ .-]{2,}\^\p{L}`)
	comma  = regexp.MustCompile(`^(\p{Lu}[\p{L}'’-]+(?: \p{L}[\p{L}'’-]+){0,2}), ?(\p{Lu}[\p{L}'’.-]*(?: \p{Lu}[\p{L}'’.-]*){0,2})[\d _.()-]*$`)
	number = regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:mrn|pat[ _-]?id|patid|patnr|pat[ _-]nr|patientennummer|fallnr|fallnummer|nhc|ipp|nip|patient[ _-]?(?:id|no|nr))[ _#:.=-]*\d{4,}`)
	born   = regexp.MustCompile(`(?:^|\D)(?:(?:19\d\d|200\d|201[0-4])[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12]\d|3[01])|(?:0[1-9]|[12]\d|3[01])[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:19\d\d|200\d|201[0-4]))(?:\D|$)`)
	dated  = regexp.MustCompile(`^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])`)
	digits = regexp.MustCompile(`\d+`)
)

// Named tells whether a file's or folder's name, one element of a path, looks like a patient's.
func Named(name string) bool {
	name = stem(name)
	if !utf8.ValidString(name) || len(name) > 200 {
		return false
	}
	words, letters := wordsOf(name)
	if number.MatchString(name) || caret.MatchString(name) {
		return true
	}
	if slices.ContainsFunc(words, technical) {
		return false
	}
	if comma.MatchString(name) {
		return true
	}
	if i := slices.IndexFunc(words, isPatient); i >= 0 {
		return len(words)-i > 2 && len(words) <= 6 && capital(words[i+1]) && capital(words[i+2])
	}
	if !letters || len(words) < 2 || len(words) > 4 || slices.ContainsFunc(words, func(w string) bool { return !capital(w) }) {
		return false
	}
	return born.MatchString(name) || slices.ContainsFunc(digits.FindAllString(name, -1), func(d string) bool {
		return len(d) >= 7 && len(d) <= 12 && !dated.MatchString(d)
	})
}

// stem is a name without its extension.
func stem(name string) string {
	if i := strings.LastIndexByte(name, '.'); i > 0 && len(name)-i <= 6 && !strings.ContainsAny(name[i:], " ,^_") && strings.ContainsFunc(name[i:], unicode.IsLetter) {
		return name[:i]
	}
	return name
}

// wordsOf are the words of at least two letters in a name; ok is false if letters and digits stand together, as in what
// cameras write.
func wordsOf(name string) (words []string, ok bool) {
	ok = true
	for _, w := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(" _-.,;^()[]+&=#", r) }) {
		letters, others := false, false
		for _, r := range w {
			letters = letters || unicode.IsLetter(r)
			others = others || unicode.IsDigit(r)
		}
		if letters && others {
			ok = false
		}
		if letters && !others && utf8.RuneCountInString(w) > 1 {
			words = append(words, w)
		}
	}
	return words, ok
}

func capital(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return unicode.IsUpper(r)
}

func isPatient(word string) bool {
	switch strings.ToLower(word) {
	case "patient", "patientin", "patiente", "paciente", "pat":
		return true
	}
	return false
}

func technical(word string) bool { return slices.Contains(things, strings.ToLower(word)) }

// things are words that stand beside dates and numbers and are nobody's name.
var things = strings.Fields(`
mr mri mrt ct pet pt us xa dx cr mg nm irm rm tdm tac scan scans slice slices series study studies serie serien studie
studien étude études série séries estudio estudios corte cortes schicht schichten coupe coupes image images imagen imágenes
bild bilder anatomy anonymous anonym anonymisé anónimo anonymized phantom test demo sample export import backup archive archiv
head brain skull neck chest thorax abdomen pelvis spine knee hip shoulder hand foot heart liver lung breast whole body
kopf gehirn hals wirbelsäule becken knie hüfte schulter fuss fuß herz leber lunge brust bauch
tête cerveau cou rachis bassin genou hanche épaule pied coeur cœur foie poumon sein
cabeza cerebro cuello columna pelvis rodilla cadera hombro pie corazón hígado pulmón mama
axial sagittal coronal flair dwi adc localizer scout contrast kontrast contraste protocol protokoll protocole protocolo
img dsc dscn dscf mvi mov vid pxl gopr gx clip take reel roll card camera cam kamera caméra cámara scene szene scène escena
shot day tag jour día screen recording screenshot bildschirmfoto capture captura whatsapp photo foto video vidéo audio sound
final draft version copy kopie copie copia project projekt projet proyecto film movie interview trailer proxy raw lut edit
report bericht rapport informe invoice rechnung facture factura protocolo untitled new neu nouveau nuevo folder ordner dossier carpeta
january february march april may june july august september october november december`)

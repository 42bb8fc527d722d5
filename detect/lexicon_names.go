package detect

import (
	"strings"
	"sync"
	"unicode/utf8"
)

// Given names and surnames that are common in many countries, as known to who wrote them down, in lower case and without
// accents. A word that is mostly something else in text, such as May or Will, is left out.
const givenNames = `
aaron abby abdul abdullah abigail abraham ada adam adele adrian adriana adrien agata agnes agnieszka ahmad ahmed aidan aisha aiden akira alan albert alberto aleksander aleksandra alessandra alessandro alessia alejandra alejandro
alex alexa alexander alexandra alexandre alexandru alexis alfonso alfred alfredo ali alice alicia alina alison alla allen allison alma alvaro alyssa amanda amber amelia amelie amina amir amit amy ana anais anastasia anders andre andrea andreas
andreea andrei andres andrew andrey andrzej angel angela angelica angelina angelo anil anita anja ann anna annabelle anne annette annie ansel anthony antoine anton antonella antonia antonio antonis antti anush arash ariana arjun armando arnold arthur arturo
arun ashley ashok asif astrid audrey aurelie aurora ava axel ayse ayesha barbara bartosz beata beatrice beatriz becky belinda ben benedikt benjamin benoit bernadette bernard bernd bernhard bertha beth bethany betty beverly bianca birgit bjorn blanca bob bobby bogdan bonnie
boris brad bradley brandon brenda brendan brett brian brianna bridget brigitte brittany bruce bruno bryan caitlin caleb calvin cameron camila camille candice carina carl carla carlo carlos carmen carol carolina caroline carolyn carsten casey cassandra catalina caterina catherine cathy cecile cecilia
celia celine cesar chad chantal charlene charles charlie charlotte chelsea chen cheryl chiara chloe chris christa christian christiane christina christine christoph christophe christopher cindy claire clara clarence claude claudia claudio claus clement clifford clive colin colleen concepcion connie connor conor constantin cora corey
cornelia courtney craig cristian cristina curtis cynthia daisy dale damian damien dan dana daniel daniela daniele danielle danny daphne daria dariusz darren dave david davide debbie deborah deepak deepika denis denise dennis derek diana diane diego dieter dimitri dimitris dirk dmitri dmitry dolores dominic dominik dominique don donald donna
dora doris dorota dorothy doug douglas duncan dustin dwight dylan eddie edgar edith edmund eduardo edward edwin eileen ekaterina elaine eleanor elena eleni eleonora elias elif elin elisa elisabeth elise elizabeth ella ellen ellie elliot elsa elvira emanuele emil emilia emilie emiliano emilio emily emine emma emmanuel
enrico enrique eric erica erich erik erika erin ernest ernesto erwin esteban estefania esther ethan eugene eugenia eva evan evelyn ewa fabian fabien fabio fabrice fatima fatma federica federico felicia felipe felix fernanda fernando filip filippo fiona florence florian frances francesca francesco francis francisca francisco franck francois francoise
frank franz fred frederic frederick frederik freya frieda friedrich fritz gabriel gabriela gabriele gabriella gabrielle gareth gary gavin gemma genevieve geoffrey george georgia georgina gerald geraldine gerard gerardo gerd gerhard giacomo gianluca gilbert gilles gina giorgia giorgio giovanna giovanni gisela giulia giuliana giulio giuseppe gladys glenda glenn gloria gonzalo
gordon graham grazia greg gregor gregory greta grzegorz guadalupe guido guillaume guillermo gunther gustav gustavo guy hannah hannes hans harald harold harriet harry hasan hassan heather hector heidi heike heinrich heinz helen helena helene helga helmut hendrik henri henrik henry herbert herman hermann hiroshi holger holly howard hubert hugh hugo
hussein ian ibrahim ida ignacio igor ilaria ildiko imran ines inge ingeborg ingrid inigo irena irene irina iris irma isaac isabel isabella isabelle ivan ivana ivo ivy iwona jack jackie jacob jacqueline jacques jaime jake jakob jakub james jamie jan jana jane janet janice janina janine jared jarek jaroslav jasmin jasmine jason javier
jay jean jeanette jeanne jeff jeffery jeffrey jelena jenna jennifer jenny jens jeremy jerome jerry jerzy jesse jessica jesus jill jim jimmy jing joan joanna joao joaquin joel joerg joey johan johann johanna johannes john johnny jon jonas jonathan jordi jorg jorge jose josef joseph josephine joshua joyce juan juana juanita judith
judy jules julia julian juliana julie julien juliette julio jurgen justin justyna kaja kamil kamila karen karin karina karl karla karolina katarina katarzyna kate katerina katharina katherine kathleen kathrin kathryn kathy katie katja katrin kay keith kelly ken kenji kenneth kerry kerstin kevin khalid khaled kim kimberly kirsten klaus
konrad konstantin kristen kristin kristina kristof krystyna krzysztof kumar kurt kyle lakshmi lara larissa larry lars laszlo laura lauren laurence laurent laurie lawrence lea leah lee leila lena leo leon leonard leonardo leonie leonor leroy leslie leticia lewis li liam lidia lilian liliana lillian lina linda lindsay
lindsey lionel lisa livia liza lloyd lois lola lorena lorenzo loretta lori lorraine louis louisa louise luc luca lucas lucia luciana luciano lucie lucy ludovic ludwig luigi luis luisa lukas lukasz luke luz lydia lyn lynn maciej madeleine madison magdalena maggie magnus mahmoud maja malcolm malgorzata manfred manon manuel manuela mar
mara marc marcel marcela marcello marcia marcin marco marcos marcus marek margaret margarita margherita margot maria mariana marianne mariano marie marija marilyn marina mario marion marisa marissa marius marjorie marko markus marlene marta martha martin martina martine marvin mary maryam mateo mateusz mathias mathieu mathilde matilda matt
matteo matthew matthias maureen maurice mauricio mauro max maxime maximilian megan mehmet mei melanie melinda melissa melody mercedes meredith michael michaela michal michel michele micheline michelle miguel mihai mikael mike mikhail milan mildred milena milica miriam mirjam mitchell mohamed mohammad mohammed mohamad moira molly monica monika monique morgan moritz muhammad
murat mustafa myriam nadia nadine nancy naomi natalia natalie natasha nathalie nathan nathaniel neha neil nicholas nick nicola nicolas nicole niels nigel nikita nikola nikolai nikolaos nikos nils nina noah noel noemi nora norbert norma norman nuno nuria octavio olaf ole oleg olena olga oliver olivia olivier omar oscar oskar
osman otto owen pablo pamela paola paolo pascal patricia patrick patrik patryk paul paula paulina pauline paulo pavel pawel pedro peggy penelope penny per pete peter petra phil philip philipp philippe phillip phyllis pia pierre pietro pilar piotr polly pooja prakash pranav preeti priya przemyslaw quentin rachel radoslav rafael rafal rahul rainer
raj rajesh ralf ralph ramon randall randy raphael raquel rashid raul ravi ray raymond rebecca regina reinhard remi rene renata renate ricardo riccardo richard rick ricky rita robert roberta roberto robin rocio rodney rodrigo roger roland rolf roman romain ron ronald ronnie rosa rosalind rosario rosemary ross roxana roy ruben rudolf rui
russell ruth ryan sabine sabrina sally salma salvador salvatore sam samantha samir samuel sandeep sandra sandrine sanjay sara sarah sascha saskia scott sean sebastian sebastien selim selma serena sergei sergey sergio seth shane shannon sharon shaun shawn sheila shelley shirley sigrid silke silvia simon simona simone sofia sonia sonja
sophia sophie soren stacey stacy stanislav stanislaw stefan stefania stefanie stefano steffen stella stephan stephane stephanie stephen steve steven stuart sue sunil susan susana susanne suzanne sven svetlana sylvia sylvie szymon takashi tamara tania tanja tanya tara tatiana tatjana ted teresa teri terry thea theo theodore theresa therese
thierry thiago thomas thorsten tiffany tim timo timothy tina tobias todd tom tomas tomasz tommy toni tony torsten tracey tracy travis trevor tristan tyler ulrich ulrike ursula uwe vadim valentin valentina valeria valerie vanessa vasile vera veronica veronika vicente vicki vicky victor victoria vijay viktor viktoria vincent vincenzo viola violeta
virginia virginie vivian vivien vladimir volker walter wanda wayne wei wendy werner wesley wilhelm willem william willie wilma wim winston wojciech wolfgang xavier ximena yan yann yannick yasmin yolanda yosef youssef yuki yuri yusuf yves yvette yvonne zachary zahra zoe zofia zoltan`

const surnames = `
aaltonen abbott abdullah abe acosta adams adamski adler aguilar aguirre ahmad ahmed akhtar albrecht alexander ali allen alonso alvarado alvarez alves amin andersen anderson andersson andrade andrews anderssen antonov aoki arias arnold arroyo atkinson auer austin avila bailey bakker baldwin ball banerjee barbieri barker barnes barnett barrett barros
bartlett barton bates batista bauer baumann beauchamp beck becker beckett bell beltran benitez bennett benson berg berger bergmann bernard bernhardt berry bertrand bianchi bishop bjork black blake blanc blanchard blanco boehm bogdanov bonnet booth bose bosch bouchard boucher bowen bowman boyd boyle bradley brady brandt braun brennan brewer brooks
brown bruno bryant buchanan burke burns burton bush butler byrne caballero cabrera calderon caldwell cameron campbell campos cano cardenas cardoso carlson carlsson carmona caron carpenter carr carrasco carroll carter caruso carvalho castillo castro cattaneo chambers chan chandler chang chapman chauhan chavez chen cheng chevalier choi christensen christiansen chung
claesson clark clarke clement coleman collins colombo contreras conti cook cooper cordero correia cortes costa coté cox craig crawford cruz cunningham curtis dahl daniels das davidson davies davis dawson dean delgado deluca desai deschamps diaz dias dietrich dixon dominguez domingos donnelly douglas dowling doyle dubois duarte dufour duncan dunn dupont dupuis
durand duran ebert eberhardt edwards egger ellis engel eriksen eriksson espinosa espinoza esposito estrada evans fabre farrell faure fay ferguson fernandes fernandez ferrara ferrari ferreira ferrer ferri fischer fisher fitzgerald fleming fletcher flores fontaine ford foster fournier fowler fox franco frank franke fraser freeman frey friedrich fuchs fuentes fuller
gallagher gallego gallo garcia gardner garner garnier garrett garrido gauthier george gerard gibbs gibson gil gilbert gill gimenez girard giordano giraud gomes gomez goncalves gonzales gonzalez goodwin gordon gorman graf graham grant gray greco green greene griffin griffith gross gruber guerin guerra guerrero gupta gustafsson gutierrez guzman haas hahn hall
hamilton hansen hanson hansson harper harris harrison hart hartmann harvey hasan hassan hawkins hayes heikkinen heinrich henderson henry hernandez herrera herrmann hicks hidalgo higgins hill hoffman hoffmann hofmann holland holmes holm hopkins horn horvath houston howard howe huang huber hudson hughes hunt hunter hussain hussein ibrahim iglesias ito ivanov
ivanova jackson jacobs jacobsen jacobson jacquet jain jakobsen james jankowski jansen jansson jenkins jensen jimenez johansen johansson johnson johnston jones jonsson jordan joseph joshi jung kaiser kaminski kapoor karlsson kato kaufmann kaur kavanagh keller kelley kelly kennedy kerr khan khanna kim kimura klein knight koch koenig kohler kovac kovacs kovalenko kowalczyk kowalski
kozlov kramer kraus krause kruger kumar kuhn kuznetsov lacroix lambert lane lang lange larsen larson larsson laurent lawrence lawson le leblanc leclerc lee lefebvre lefevre legrand lehmann lemaire leon leonard leroy leroux lewandowski lewis lim lin lindberg lindgren lindqvist lindstrom liu lloyd lombardi lopes lopez lorenz lozano lucas ludwig luna lund lynch
macdonald machado mackenzie maier mahler malik mancini marchand marchetti mariani marin marino marques marquez marsh marshall martens martin martinez martini martins mason mathieu matos matthews maurer may mayer mazur mccarthy mccoy mcdonald mcgrath mckenzie mclean medina mehta meier mejia melo mendes mendez mendoza menon mercier merino meyer michel miller mills mishra
mitchell molina moller monroe montero montgomery moore mora morales moran moreau morel moreno moretti morgan morin morris morrison moser moser mueller muller munoz murphy murray myers nair nakamura nash navarro nelson neumann newman nguyen nicholson nicolas nielsen nieminen nieto nilsen nilsson nolan novak nowak nunes nunez obrien oconnor odonnell oliveira oliver olsen olson
olsson oneill orozco orlando ortega ortiz osborne otero owens pace pacheco palmer papadopoulos parisi parker parra parsons pascual patel patil patterson paul pavlov payne paz pearson pedersen pellegrini pena peralta pereira perez perkins perrin perry persson peters petersen peterson petit petrov pfeiffer pham phillips pichler picard pierce pinto pires pohl
popescu popov porter powell prasad price prieto quinn rahman rai ramirez ramos rao rasmussen ray reddy reed reid reilly reis reinhardt renard rey reyes reynolds ribeiro ricci rice richard richards richardson richter riley rinaldi rios ritter rivas rivera rivière rizzo robert roberts robertson robinson robles roche rocha rodrigues rodriguez rogers rojas roman romano romero
rosales rosen rosenberg rossi roth rousseau roussel roux rowe roy rubio ruiz russell russo ryan saez saito salazar salinas salvatore sanchez sanders sandoval santana santiago santos sanz sasaki sato sauer schaefer schafer scherer schmid schmidt schmitt schmitz schneider scholz schreiber schroder schroeder schubert schulte schultz schulz schulze schumacher schuster schwarz schwartz scott
seidel serra serrano shah shapiro sharma shaw sheikh shen shevchenko silva simmons simon simpson singh smirnov smit smith sokolov soler soto sousa souza spencer stanley stein steiner stephens stevens stevenson stewart stokes stone suarez sullivan sun sutherland suzuki svensson szabo takahashi tan tanaka taylor teixeira thomas thomson thompson thomsen torres toth tran
tucker turner unger valdez valencia valentin vargas varga vasquez vazquez vega velasco velasquez vera vidal vieira vincent virtanen vogel vogt volkov vos wagner walker wallace walsh walter wang ward warren washington watanabe watkins watson weaver webb weber webster weiss welch wells werner west wheeler white wieczorek williams williamson wilson winkler winter wisniewski
wojcik wolf wolff wong wood woods wright wu xu yadav yamada yamamoto yang yilmaz young yoshida yu zamora zapata zhang zhao zheng zhou zhu ziegler zimmermann zielinski`

var lists = sync.OnceValue(func() (l struct{ given, family map[string]bool }) {
	l.given, l.family = set(strings.Fields(givenNames)...), set(strings.Fields(surnames)...)
	return l
})

// maxListed is the longest name in the lists.
const maxListed = 20

// validGivenName checks that the first word of text is a given name that many people have, and that no word
// is one that names do not have.
func validGivenName(text []byte) bool {
	i := nameEnd(text, 0)
	return i > 0 && i < len(text) && listed(lists().given, text[:i]) && validPerson(text)
}

// validFullName is validGivenName for text whose last word is a common surname besides.
func validFullName(text []byte) bool {
	if !validGivenName(text) {
		return false
	}
	i := len(text)
	for i > 0 && text[i-1] != ' ' {
		i--
	}
	return listed(lists().family, text[i:])
}

// nameEnd returns where the word that begins at text[i] ends.
func nameEnd(text []byte, i int) int {
	for i < len(text) && text[i] != ' ' {
		i++
	}
	return i
}

// listed reports whether list has word, or one of two halves that a hyphen joins.
func listed(list map[string]bool, word []byte) bool {
	var buf [maxListed]byte
	w := buf[:0]
	for i := 0; i < len(word); {
		r, n := utf8.DecodeRune(word[i:])
		i += n
		if r == '-' {
			if list[string(w)] {
				return true
			}
			w = w[:0]
			continue
		}
		if r == '\'' || r == '’' {
			continue // O'Brien
		}
		c, ok := plain(r)
		if !ok || len(w) == cap(w) {
			return false
		}
		w = append(w, c)
	}
	return list[string(w)]
}

// plain returns the letter that r is without its accent, in lower case.
func plain(r rune) (byte, bool) {
	switch {
	case 'a' <= r && r <= 'z':
		return byte(r), true
	case 'A' <= r && r <= 'Z':
		return byte(r) | 0x20, true
	}
	i := strings.IndexRune("ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöøùúûüýÿĄąĆćČčĎďĘęĚěĞğİıŁłŃńŇňŐőŘřŚśŞşŠšŤťŮůŰűŹźŻżŽž", r)
	if i < 0 {
		return 0, false
	}
	return "aaaaaaceeeeiiiinoooooouuuuyaaaaaaceeeeiiiinoooooouuuuyyaaccccddeeeeggiillnnnnoorrssssssttuuuuzzzzzz"[i/2], true
}

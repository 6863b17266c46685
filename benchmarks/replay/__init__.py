"""The replay: an annotator who knows the gold labels works for some hours, and the results are measured.

`python -m benchmarks.replay FILE --between A,B` plays the product's own session, queue and learner, in this process.
The accounting is that of the figures that decided the design:

*Seconds.* Reading takes 1 s for 4 words, split at white space, and 1 s a difference. Settling a difference then costs:

- nothing if the first reading holds;
- 1.5 s, a pick, if another reading, neither or both hold;
- 2.5 s for a mix of the readings (`core.compare.mixes`);
- 6 s, an edit, for all else, also if only the label is another.

Each mark outside the differences that is wrong or missing costs an edit too. For categories every change is a pick; if
they exclude each other, a single pick settles all differences of a text. The gold marks that overlap a difference's
region hold there; a mark that overlaps two regions counts at the first. An answer leaves exactly the gold of its text,
with every difference confirmed. An offer is a row at which no system differs. It costs a look, as a difference does,
and a pick if its first reading does not hold.

*The run.* It covers all texts; those on which the systems agree come last. The others come in the order that the
product takes by itself, by value from the start, or by disagreement. First readings are learned in each. A moment (15
minutes, 20% of the time) looks at the state after the answer that is under way then. Shares are of the whole time: that
of reading all texts with the left system's readings first. It is the same for all that is compared.

*The learner* takes in each answer and ranks the next 1,000 examples again. It then saves what it learned of the 20
examples after the one on screen, as in the product. The next example opens as the answer is saved, so its first
readings rest on all answers but the last. After 60 answers the learner ranks only after every fourth, as the product's
learner falls behind too.

*F1* is micro-averaged over the marks of all texts: the gold of answered texts, the marks of an export for the others.

*Simulated Prodigy* reads whole versions of all texts, in the order of the file. A text costs its reading and one pick
if the versions differ. Each difference at which the better version is wrong costs an edit, and so does each wrong or
missing mark outside. It pays no second a difference. Texts that it has not reached keep the left system's marks.

*The time to simulated Prodigy's hour* is the moment at which a run's F1 first reaches that of simulated Prodigy after
60 minutes. A run is looked at every two minutes; between two looks the F1 lies on a straight line.

*Errors fixed* are the marks by which the left system differs from the gold, in the texts answered within 20% of the
time. The left reading stands first. The orders are random, disagreement, the value before anything is learned (the
count of differences a second), the learned value, and an oracle. The oracle begins with the most errors a second.

*Offers* are right if the added mark is gold, or the dropped mark is not. For fewer than ten offers no share is given.

*A seed* shuffles the order in which texts are loaded, and decides which of two examples with the same score comes
first. Seed 0 is the order of the file and the product's own order among equals.
"""

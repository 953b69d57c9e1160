package app

// notifyByDefault: the toolkit's notifications run a script there, which programs that guard computers dislike.
const notifyByDefault = false
